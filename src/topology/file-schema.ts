/** Shape of the topology file, schema netlens.topology/1. The published docs/schema/netlens.topology-1.json is made from it. */
import { z } from 'zod';
import { SOURCE_KINDS } from './facts.ts';
import { canonicalIp, canonicalPrefix } from './ip.ts';

export const TOPOLOGY_SCHEMA = 'netlens.topology/1';

const text = z.string().min(1, 'must not be empty');
const ip = z.string().refine((t) => canonicalIp(t) !== undefined, 'not an IP address');
const cidr = z
  .string()
  .refine((t) => canonicalPrefix(t) !== undefined, 'not an IP prefix (such as 10.0.0.0/24)');
const mac = z
  .string()
  .regex(
    /^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/,
    'not a MAC address (six bytes, colons between, in quotes)',
  );
const port = z
  .number()
  .int('must be a whole number')
  .min(0, 'must be 0 to 65535')
  .max(65_535, 'must be 0 to 65535');
const time = z
  .string()
  .refine((t) => !Number.isNaN(Date.parse(t)), 'not a time (such as "2026-11-22T05:55:57Z")');
const protocol = z.enum(['tcp', 'udp', 'sctp']);
const policy = z.enum(['Cluster', 'Local']);
const tunnelMode = z.enum(['Never', 'Always', 'CrossSubnet']);

/** Where a fact comes from, `KIND` or `KIND: detail`; absent = this file vouches for it. */
const source = z
  .string()
  .regex(
    new RegExp(`^(${SOURCE_KINDS.join('|')})(: [\\s\\S]*)?$`),
    `must begin with ${SOURCE_KINDS.join(', ')}`,
  )
  .optional();
/** 0..1, absent = 1. */
const confidence = z.number().min(0, 'must be 0 to 1').max(1, 'must be 0 to 1').optional();

const NODE_ROLES = [
  'InternalIP',
  'ExternalIP',
  'tunnel',
  'bridge',
  'eni',
  'health',
  'ingress',
  'address',
] as const;

/** An address alone stands for one of role InternalIP. */
const nodeAddress = z.preprocess(
  (value) => (typeof value === 'string' ? { ip: value } : value),
  z.strictObject({ ip, role: z.enum(NODE_ROLES).default('InternalIP') }),
);

const node = z.strictObject({
  name: text.optional(),
  addresses: z.array(nodeAddress).default([]),
  podCidrs: z.array(cidr).optional(),
  subnets: z.array(cidr).optional(),
  vtepMacs: z.array(mac).optional(),
  aliases: z.array(text).optional(),
  asNumber: z.number().int().optional(),
  zone: text.optional(),
  providerId: text.optional(),
  why: text.optional(),
  source,
  confidence,
});

const pod = z.strictObject({
  namespace: text.default('default'),
  name: text,
  uid: text.optional(),
  ip: ip.optional(),
  ips: z.array(ip).optional(),
  node: text.optional(),
  hostNetwork: z.boolean().default(false),
  interface: text.optional(),
  mac: mac.optional(),
  ports: z
    .array(z.strictObject({ name: text.optional(), port, protocol: protocol.default('tcp') }))
    .optional(),
  from: time.optional(),
  to: time.optional(),
  ended: z.boolean().optional(),
  source,
  confidence,
});

const endpoint = z.strictObject({
  ip,
  node: text.optional(),
  pod: z
    .string()
    .regex(/^[^/]+\/[^/]+$/, 'must be NAMESPACE/NAME')
    .optional(),
  ready: z.boolean().default(true),
  ports: z
    .array(z.strictObject({ name: text.optional(), port, protocol: protocol.default('tcp') }))
    .default([]),
  source,
});

const service = z.strictObject({
  namespace: text.default('default'),
  name: text,
  type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
  clusterIp: ip.optional(),
  clusterIps: z.array(ip).optional(),
  headless: z.boolean().default(false),
  externalIps: z.array(ip).optional(),
  ingress: z.array(z.strictObject({ ip: ip.optional(), hostname: text.optional() })).optional(),
  ports: z
    .array(
      z.strictObject({
        name: text.optional(),
        port,
        protocol: protocol.default('tcp'),
        targetPort: z.union([port, text]).optional(),
        nodePort: port.optional(),
      }),
    )
    .default([]),
  externalTrafficPolicy: policy.optional(),
  internalTrafficPolicy: policy.optional(),
  healthCheckNodePort: port.optional(),
  externalName: text.optional(),
  aws: z
    .strictObject({
      targetType: z.enum(['instance', 'ip']).optional(),
      proxyProtocol: z.boolean().default(false),
      preserveClientIp: z.boolean().optional(),
      scheme: text.optional(),
    })
    .optional(),
  /** Absent = not known; empty = there are none. */
  endpoints: z.array(endpoint).optional(),
  source,
  confidence,
});

const range = z.strictObject({
  cidr,
  kind: z.enum(['pods', 'block', 'node-pods', 'services', 'vpc', 'nodes', 'eni-prefix']),
  name: text.optional(),
  node: text.optional(),
  natOutgoing: z.boolean().optional(),
  ipipMode: tunnelMode.optional(),
  vxlanMode: tunnelMode.optional(),
  why: text.optional(),
  source,
  confidence,
});

const address = z.strictObject({
  ip,
  kind: z.enum(['pod', 'node', 'service', 'loadbalancer', 'external']),
  role: text.optional(),
  namespace: text.optional(),
  name: text.optional(),
  node: text.optional(),
  interface: text.optional(),
  mac: mac.optional(),
  from: time.optional(),
  to: time.optional(),
  why: text.optional(),
  source,
  confidence,
});

const name = z.strictObject({
  ip,
  name: text,
  kind: z.enum(['dns', 'capture', 'external-dns', 'given']).default('given'),
  source,
  confidence,
});

const identity = z.strictObject({ id: z.number().int(), labels: z.array(z.string()), source });

const plugin = z.strictObject({
  plugin: text,
  mode: text.optional(),
  why: text.optional(),
  source,
  confidence,
});

export const topologyFile = z.strictObject({
  schema: z.literal(TOPOLOGY_SCHEMA).optional(),
  /** Kinds of which every object is listed here: what is not listed does not exist. */
  complete: z.array(z.enum(['nodes', 'pods', 'services', 'endpoints'])).optional(),
  nodes: z.array(node).default([]),
  pods: z.array(pod).default([]),
  services: z.array(service).default([]),
  ranges: z.array(range).default([]),
  addresses: z.array(address).default([]),
  names: z.array(name).default([]),
  identities: z.array(identity).default([]),
  plugins: z.array(plugin).default([]),
});

export type TopologyFile = z.infer<typeof topologyFile>;

/** The JSON Schema (draft 2020-12) of what may stand in a file. */
export function topologyJsonSchema(): object {
  const schema = z.toJSONSchema(topologyFile, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema !== nodeAddress) return;
      const { type, properties, required, additionalProperties } = jsonSchema;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      const mapping = { type, properties, required, additionalProperties } as object;
      Object.assign(jsonSchema, { anyOf: [{ type: 'string' }, mapping] });
    },
  });
  return { ...schema, title: TOPOLOGY_SCHEMA, $id: 'netlens.topology-1.json' };
}
