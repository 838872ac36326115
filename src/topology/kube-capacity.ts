/** How large a node is and how the VPC CNI hands out addresses on it, from Node, Pod and DaemonSet objects. */
import type { NodeCapacity } from './facts.ts';
import { at, listAt, textAt } from './json-value.ts';
import type { KubeObject } from './kube-objects.ts';

/** Labels that tell the instance type; the second is what clusters before 1.17 have. */
const INSTANCE_TYPE_LABELS = [
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
];

/** A node's size; undefined when the object says nothing of it. */
export function nodeCapacity(node: unknown): NodeCapacity | undefined {
  const instanceType = INSTANCE_TYPE_LABELS.map((label) =>
    textAt(node, 'metadata', 'labels', label),
  ).find((type) => type !== undefined);
  const vcpus = countAt(node, 'status', 'capacity', 'cpu');
  const podsMax =
    countAt(node, 'status', 'allocatable', 'pods') ?? countAt(node, 'status', 'capacity', 'pods');
  if (instanceType === undefined && vcpus === undefined && podsMax === undefined) return undefined;
  return { instanceType, vcpus, podsMax };
}

/** A Kubernetes quantity that is a plain whole number, as those of pods and capacity.cpu are. */
function countAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  const isCount = /^\d{1,9}$/.test(String(found));
  return isCount ? Number(found) : undefined;
}

export function readVpcCniDaemonSet(object: KubeObject): void {
  if (object.name === 'aws-node') {
    readSettings(object, listAt(object.value, 'spec', 'template', 'spec', 'containers'));
  }
}

export function readVpcCniPod(object: KubeObject): void {
  if (/^aws-node-\w+$/.test(object.name)) {
    readSettings(object, listAt(object.value, 'spec', 'containers'));
  }
}

/** Settings that are as another pod of the set has them are not said again. */
function readSettings(object: KubeObject, containers: readonly unknown[]): void {
  if (object.namespace !== 'kube-system') return;
  const container = containers.find((one) => textAt(one, 'name') === 'aws-node');
  const environment = new Map(
    listAt(container, 'env').map((entry) => [textAt(entry, 'name'), textAt(entry, 'value')]),
  );
  const setting = (name: string): boolean | undefined => {
    const value = environment.get(name)?.toLowerCase();
    return value === 'true' ? true : value === 'false' ? false : undefined;
  };
  const prefixDelegation = setting('ENABLE_PREFIX_DELEGATION');
  const customNetworking = setting('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG');
  const externalSnat = setting('AWS_VPC_K8S_CNI_EXTERNALSNAT');
  const { facts, source } = object;
  const known = facts.vpcCni.some(
    (fact) =>
      fact.prefixDelegation === prefixDelegation &&
      fact.customNetworking === customNetworking &&
      fact.externalSnat === externalSnat,
  );
  if (environment.size === 0 || known) return;
  facts.vpcCni.push({ prefixDelegation, customNetworking, externalSnat, source });
}
