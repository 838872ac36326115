/**
 * How many pods a node of an EC2 instance type can hold under the VPC CNI: each pod takes an address of
 * the node's interfaces, and an interface has only so many.
 */
import { exceeds30Vcpus, type InstanceLimits } from './eni-limits.ts';

/** Addresses in the /28 that prefix delegation gives in place of each single address. */
const ADDRESSES_PER_PREFIX = 16;
/** Pods that every node runs on its own network, without an address of their own: aws-node and kube-proxy. */
const HOST_NETWORK_PODS = 2;
/** What AWS recommends as the most pods a kubelet should run, whatever the addresses allow. */
const CAP_SMALL = 110;
const CAP_LARGE = 250;

export interface AddressMode {
  /** ENABLE_PREFIX_DELEGATION: a /28 wherever a single address was. */
  readonly prefixDelegation: boolean;
  /** AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: pods are in other subnets, so none is on the primary interface. */
  readonly customNetworking: boolean;
}

export interface MaxPods {
  readonly limits: InstanceLimits;
  readonly mode: AddressMode;
  /** With the numbers filled in: `3 x (6 - 1) + 2`. */
  readonly formula: string;
  /** Addresses that pods can have; those on the node's own network need none. */
  readonly addresses: number;
  readonly maxPods: number;
  /** 110, or 250 with more than 30 vCPUs. */
  readonly cap: number;
  /** The smaller of the two. */
  readonly recommended: number;
  /** Why the figure is of no use as it stands; undefined = it is. */
  readonly problem: string | undefined;
}

/** The limit of a type. `vcpus`, where known, decides the cap; else the size in the type's name does. */
export function maxPodsOf(limits: InstanceLimits, mode: AddressMode, vcpus?: number): MaxPods {
  const { instanceType, enis, ipv4PerEni, takesPrefixes } = limits;
  const usable = mode.customNetworking ? enis - 1 : enis;
  const each = (ipv4PerEni - 1) * (mode.prefixDelegation ? ADDRESSES_PER_PREFIX : 1);
  const addresses = usable * each;
  const maxPods = addresses + HOST_NETWORK_PODS;
  const interfaces = mode.customNetworking ? `(${enis} - 1)` : String(enis);
  const prefixes = mode.prefixDelegation ? ` x ${ADDRESSES_PER_PREFIX}` : '';
  const formula = `${interfaces} x (${ipv4PerEni} - 1)${prefixes} + ${HOST_NETWORK_PODS}`;
  const large = vcpus === undefined ? exceeds30Vcpus(instanceType) : vcpus > 30;
  const cap = large === true ? CAP_LARGE : CAP_SMALL;
  return {
    limits,
    mode,
    formula,
    addresses,
    maxPods,
    cap,
    recommended: Math.min(maxPods, cap),
    problem: problemOf(mode, usable, takesPrefixes),
  };
}

function problemOf(mode: AddressMode, usable: number, takesPrefixes: boolean): string | undefined {
  if (mode.prefixDelegation && !takesPrefixes) {
    return 'takes no prefixes: prefix delegation needs a Nitro instance';
  }
  if (usable === 0) return 'its only interface is the primary one: custom networking leaves none';
  return undefined;
}
