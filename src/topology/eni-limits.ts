/** How many network interfaces and addresses an EC2 instance type has: data/eni-limits.tsv, whose README names its origin. */
import { readFileSync } from 'node:fs';
import { packageFile } from '../package-root.ts';

export interface InstanceLimits {
  readonly instanceType: string;
  /** Interfaces on the default network card: the VPC CNI gives pods no others. */
  readonly enis: number;
  /** IPv4 addresses of each, its own primary one included. */
  readonly ipv4PerEni: number;
  /** Nitro or bare metal: it can be given prefixes instead of addresses. */
  readonly takesPrefixes: boolean;
  /** Pods that AWS publishes for it, without prefixes. */
  readonly publishedMaxPods: number;
}

let limits: ReadonlyMap<string, InstanceLimits> | undefined;

/** Every known type by its name, in the order of names. Read once. */
export function instanceLimits(): ReadonlyMap<string, InstanceLimits> {
  limits ??= parseLimits(readFileSync(packageFile('data', 'eni-limits.tsv'), 'utf8'));
  return limits;
}

function parseLimits(text: string): Map<string, InstanceLimits> {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const names = head.split('\t');
  const at = (name: string): number => names.indexOf(name);
  const [type, enis, addresses] = [
    at('instance_type'),
    at('default_card_max_enis'),
    at('ipv4_per_eni'),
  ];
  const [hypervisor, metal, published] = [
    at('hypervisor'),
    at('bare_metal'),
    at('max_pods_secondary_ip'),
  ];
  const all = lines.map((line): [string, InstanceLimits] => {
    const fields = line.split('\t');
    const instanceType = fields[type]!;
    return [
      instanceType,
      {
        instanceType,
        enis: Number(fields[enis]),
        ipv4PerEni: Number(fields[addresses]),
        takesPrefixes: fields[hypervisor] === 'nitro' || fields[metal] === 'true',
        publishedMaxPods: Number(fields[published]),
      },
    ];
  });
  return new Map(all.sort(([a], [b]) => compareTypes(a, b)));
}

/** By family, then from the smallest size to the largest: `t3.medium` before `t3.2xlarge`. */
function compareTypes(a: string, b: string): number {
  const [familyA = '', sizeA = ''] = splitType(a);
  const [familyB = '', sizeB = ''] = splitType(b);
  if (familyA !== familyB) return familyA < familyB ? -1 : 1;
  return rankOfSize(sizeA) - rankOfSize(sizeB);
}

function splitType(type: string): [family: string, size: string] {
  const dot = type.indexOf('.');
  return [type.slice(0, dot), type.slice(dot + 1)];
}

const SMALL_SIZES = ['nano', 'micro', 'small', 'medium', 'large', 'xlarge'];

/** Orders sizes of one family; `2xlarge` is 2 times `xlarge`, bare metal comes last. */
function rankOfSize(size: string): number {
  const small = SMALL_SIZES.indexOf(size);
  if (small >= 0) return small / SMALL_SIZES.length;
  const times = Number(/\d+(?=xl)/.exec(size)?.[0] ?? 0);
  return size.startsWith('metal') ? 1000 + times : times;
}

/** Types with half as many vCPUs for their size as others. */
const HALF_VCPUS = /^(hpc7a|hs1)\./;
/** Bare metal with fewer than 30 vCPUs. */
const SMALL_METAL = /^(a1|mac\d?(-\w+)?)\./;

/**
 * Whether a type has more than 30 vCPUs, by the size in its name: `8xlarge` has 32. undefined = the name
 * does not tell.
 */
export function exceeds30Vcpus(instanceType: string): boolean | undefined {
  const [, size] = splitType(instanceType);
  if (SMALL_METAL.test(instanceType)) return false;
  if (size.startsWith('metal')) return true;
  if (SMALL_SIZES.includes(size)) return false;
  const times = Number(/^(\d+)xlarge$/.exec(size)?.[1] ?? Number.NaN);
  if (Number.isNaN(times)) return undefined;
  return times * (HALF_VCPUS.test(instanceType) ? 2 : 4) > 30;
}
