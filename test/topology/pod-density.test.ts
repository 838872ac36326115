import assert from 'node:assert/strict';
import { KubeObjects } from '../../src/topology/kube-objects.ts';
import { type NodeDensity, podDensity } from '../../src/topology/pod-density.ts';

type Json = Record<string, unknown>;

interface NodeSize {
  readonly type?: string;
  readonly kubelet?: number;
  readonly cpu?: number;
}

function node(name: string, { cpu, kubelet, type }: NodeSize): Json {
  const labels = type === undefined ? {} : { 'node.kubernetes.io/instance-type': type };
  const allocatable = kubelet === undefined ? {} : { pods: String(kubelet) };
  const capacity = cpu === undefined ? {} : { cpu: String(cpu) };
  return { kind: 'Node', metadata: { name, labels }, status: { allocatable, capacity } };
}

function pod(name: string, nodeName: string, more: { host?: true; phase?: string } = {}): Json {
  return {
    kind: 'Pod',
    metadata: { namespace: 'default', name },
    spec: { nodeName, ...(more.host === undefined ? {} : { hostNetwork: true }) },
    status: { phase: more.phase ?? 'Running' },
  };
}

function pods(count: number, nodeName: string): Json[] {
  return Array.from({ length: count }, (_, i) => pod(`p-${i}`, nodeName));
}

function awsNode(environment: Record<string, string>): Json {
  const env = Object.entries(environment).map(([name, value]) => ({ name, value }));
  return {
    kind: 'DaemonSet',
    metadata: { namespace: 'kube-system', name: 'aws-node' },
    spec: { template: { spec: { containers: [{ name: 'aws-node', env }] } } },
  };
}

function densityOf(objects: readonly Json[], asked = {}) {
  const all = new KubeObjects('kubectl');
  for (const [i, object] of objects.entries()) all.add(object, `items[${i}]`);
  return podDensity(all.facts(), asked);
}

function only(objects: readonly Json[], asked = {}): NodeDensity {
  const { nodes } = densityOf(objects, asked);
  assert.equal(nodes.length, 1);
  return nodes[0]!;
}

describe('pods per node', () => {
  it('counts those that run, each once, and those on the network of the node apart', () => {
    const found = only([
      node('n1', { type: 't3.medium', kubelet: 17 }),
      pod('a', 'n1'),
      pod('a', 'n1'),
      pod('proxy', 'n1', { host: true }),
      pod('done', 'n1', { phase: 'Succeeded' }),
      pod('waits', 'n1', { phase: 'Pending' }),
    ]);
    assert.deepEqual([found.pods, found.hostNetworkPods, found.kubeletMax], [3, 1, 17]);
    assert.equal(found.limit?.maxPods, 17);
    assert.deepEqual(found.findings, []);
  });

  it('says that prefixes must be in use when more have addresses than fit without', () => {
    const found = only([node('n1', { type: 't3.medium', kubelet: 110 }), ...pods(100, 'n1')]);
    assert.match(found.findings.join('\n'), /100 pods have addresses where 15 would fit: prefixes/);
  });

  it('takes the mode from the settings of aws-node', () => {
    const density = densityOf([
      node('n1', { type: 't3.medium', kubelet: 110 }),
      awsNode({ ENABLE_PREFIX_DELEGATION: 'true', AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'false' }),
      ...pods(100, 'n1'),
    ]);
    assert.equal(density.modeFrom, 'aws-node');
    assert.deepEqual(density.mode, { prefixDelegation: true, customNetworking: false });
    assert.equal(density.nodes[0]!.limit?.maxPods, 242);
    assert.match(density.nodes[0]!.findings.join('\n'), /possible with prefixes only.* 15 pods/);
  });

  it('lets the mode that is asked for win', () => {
    const settings = awsNode({ ENABLE_PREFIX_DELEGATION: 'true' });
    const density = densityOf([node('n1', { type: 't3.medium' }), settings], {
      prefixDelegation: false,
    });
    assert.equal(density.modeFrom, 'asked');
    assert.equal(density.nodes[0]!.limit?.maxPods, 17);
  });

  it('says when the kubelet takes more than there are addresses for, or fewer than would do', () => {
    const more = only([node('n1', { type: 't3.medium', kubelet: 110 })]);
    assert.match(more.findings.join('\n'), /takes 110 pods, the addresses are enough for 17/);
    const fewer = only([node('n1', { type: 'm5.large', kubelet: 20 })]);
    assert.match(fewer.findings.join('\n'), /takes 20 pods where 29 would do/);
  });

  it('says when a node is full', () => {
    const found = only([node('n1', { type: 't3.medium', kubelet: 17 }), ...pods(17, 'n1')]);
    assert.match(found.findings.join('\n'), /full: the kubelet runs no more than 17/);
  });

  it('takes the cap from the vCPUs that the node has', () => {
    assert.equal(only([node('n1', { type: 'c5.4xlarge', cpu: 36 })]).limit?.recommended, 234);
    assert.equal(only([node('n1', { type: 'c5.4xlarge', cpu: 16 })]).limit?.recommended, 110);
  });

  it('shows a node of another cloud, of an unknown type, or that only pods name', () => {
    const { nodes } = densityOf([
      node('b', { type: 'n2-standard-4' }),
      pod('x', 'c'),
      node('a', {}),
    ]);
    assert.deepEqual(
      nodes.map((one) => [one.node, one.limit, one.findings.length]),
      [
        ['a', undefined, 1],
        ['b', undefined, 1],
        ['c', undefined, 1],
      ],
    );
    assert.match(nodes[1]!.findings[0]!, /n2-standard-4 is not in the table/);
  });

  it('reads settings of the VPC CNI once, from DaemonSet or pods, and from no other', () => {
    const facts = new KubeObjects('kubectl');
    const env = [{ name: 'AWS_VPC_K8S_CNI_EXTERNALSNAT', value: 'true' }];
    const spec = { nodeName: 'n1', hostNetwork: true, containers: [{ name: 'aws-node', env }] };
    for (const [namespace, name] of [
      ['kube-system', 'aws-node-x1'],
      ['kube-system', 'aws-node-x2'],
      ['evil', 'aws-node-x3'],
    ]) {
      facts.add({ kind: 'Pod', metadata: { namespace, name }, spec, status: {} }, 'here');
    }
    const { vpcCni } = facts.facts();
    assert.equal(vpcCni.length, 1);
    assert.equal(vpcCni[0]!.externalSnat, true);
    assert.equal(vpcCni[0]!.prefixDelegation, undefined);
  });
});
