import assert from 'node:assert/strict';
import { isAwsDocument, readAwsDocument } from '../../src/topology/aws-json.ts';
import { buildTopology } from '../../src/topology/build.ts';
import { noFacts } from '../../src/topology/facts.ts';
import type { Topology } from '../../src/topology/topology.ts';

function read(...documents: unknown[]): Topology {
  for (const document of documents) assert.equal(isAwsDocument(document), true);
  return buildTopology(
    ...documents.map((document, i) => readAwsDocument(document, `aws${i}.json`)),
  );
}

const ip = (PrivateIpAddress: string, Primary: boolean) => ({ PrivateIpAddress, Primary });

const INTERFACES = {
  NetworkInterfaces: [
    {
      NetworkInterfaceId: 'eni-1',
      InterfaceType: 'interface',
      PrivateIpAddress: '10.0.1.10',
      Attachment: { InstanceId: 'i-aaa', DeviceIndex: 0 },
      PrivateIpAddresses: [ip('10.0.1.10', true), ip('10.0.1.101', false)],
    },
    {
      NetworkInterfaceId: 'eni-2',
      Description: 'aws-K8S-i-aaa',
      PrivateIpAddress: '10.0.1.60',
      Attachment: { InstanceId: 'i-aaa', DeviceIndex: 1 },
      PrivateIpAddresses: [ip('10.0.1.60', true)],
      Ipv4Prefixes: [{ Ipv4Prefix: '10.0.1.160/28' }],
    },
    {
      NetworkInterfaceId: 'eni-3',
      PrivateIpAddress: '10.0.1.200',
      Attachment: { InstanceId: 'i-bastion', DeviceIndex: 0 },
      PrivateIpAddresses: [ip('10.0.1.200', true)],
    },
    {
      NetworkInterfaceId: 'eni-4',
      InterfaceType: 'network_load_balancer',
      Description: 'ELB net/k8s-web-0123/4567',
      PrivateIpAddresses: [{ ...ip('10.0.1.5', true), Association: { PublicIp: '198.51.100.5' } }],
    },
    {
      NetworkInterfaceId: 'eni-5',
      Description: 'Amazon EKS prod',
      PrivateIpAddresses: [ip('10.0.1.250', true)],
    },
    {
      NetworkInterfaceId: 'eni-6',
      InterfaceType: 'nat_gateway',
      Description: 'Interface for NAT Gateway nat-1',
      PrivateIpAddresses: [ip('10.0.1.6', true)],
    },
  ],
};

describe('AWS documents', () => {
  it('tells nodes’ interfaces and prefixes, load balancers, the control plane and NAT gateways apart', () => {
    const topology = read(INTERFACES, {
      Vpcs: [
        {
          VpcId: 'vpc-1',
          CidrBlock: '10.0.0.0/16',
          CidrBlockAssociationSet: [{ CidrBlock: '10.0.0.0/16' }, { CidrBlock: '100.64.0.0/16' }],
        },
      ],
    });
    const whose = (address: string) => {
      const { kind, role, name, node } = topology.ownerOf(address);
      return [kind, role, name, node].join(' ').trim();
    };
    assert.equal(whose('10.0.1.10'), 'node InternalIP 10.0.1.10 10.0.1.10');
    assert.equal(whose('10.0.1.60'), 'node eni 10.0.1.10 10.0.1.10');
    assert.equal(whose('10.0.1.101'), 'pod pod  10.0.1.10');
    assert.equal(whose('10.0.1.165'), 'pod pod  10.0.1.10');
    assert.equal(whose('10.0.1.5'), 'loadbalancer nlb k8s-web-0123');
    assert.equal(whose('198.51.100.5'), 'loadbalancer nlb k8s-web-0123');
    assert.equal(whose('10.0.1.250'), 'external eks-control-plane API server of prod');
    assert.equal(whose('10.0.1.6'), 'external nat-gateway Interface for NAT Gateway nat-1');
    assert.equal(whose('10.0.1.200'), 'external ec2 i-bastion');
    assert.equal(whose('10.0.9.9'), 'unknown vpc');
    assert.deepEqual(
      topology.ranges
        .filter((r) => r.kind === 'vpc')
        .map((r) => r.cidr)
        .sort(),
      ['10.0.0.0/16', '100.64.0.0/16'],
    );
  });

  it('joins an instance to the Kubernetes node with its address, and does not call that a conflict', () => {
    const facts = noFacts();
    const source = { kind: 'kubectl', detail: 'nodes.json: items[0]' } as const;
    facts.nodes.push({
      name: 'ip-10-0-1-200',
      addresses: [{ address: '10.0.1.200', role: 'InternalIP' }],
      source,
      score: 1,
    });
    facts.nodes.push({
      name: 'ip-10-0-1-10',
      addresses: [{ address: '10.0.1.10', role: 'InternalIP' }],
      source,
      score: 1,
    });
    const topology = buildTopology(facts, readAwsDocument(INTERFACES, 'eni.json'));
    assert.equal(topology.ownerOf('10.0.1.60').node, 'ip-10-0-1-10');
    assert.equal(topology.ownerOf('10.0.1.165').node, 'ip-10-0-1-10');
    assert.equal(topology.ownerOf('10.0.1.200').name, 'ip-10-0-1-200'); // not marked by the CNI, but listed
    assert.deepEqual(topology.conflicts, []);
  });

  it('reads instances with their interfaces, and load balancers with their names', () => {
    const [first, second] = INTERFACES.NetworkInterfaces;
    const strip = ({ Attachment, ...rest }: { Attachment?: { DeviceIndex: number } }) => ({
      ...rest,
      Attachment: { DeviceIndex: Attachment!.DeviceIndex },
    });
    const topology = read(
      {
        Reservations: [
          {
            Instances: [
              { InstanceId: 'i-aaa', NetworkInterfaces: [strip(first!), strip(second!)] },
            ],
          },
        ],
      },
      {
        LoadBalancers: [
          {
            LoadBalancerName: 'web',
            Type: 'network',
            DNSName: 'web-1.elb.eu-west-1.amazonaws.com',
            AvailabilityZones: [
              {
                LoadBalancerAddresses: [
                  { IpAddress: '198.51.100.9', PrivateIPv4Address: '10.0.2.9' },
                ],
              },
            ],
          },
        ],
      },
    );
    assert.equal(topology.ownerOf('10.0.1.60').node, '10.0.1.10');
    assert.equal(topology.ownerOf('10.0.2.9').role, 'nlb');
    assert.equal(topology.namesOf('10.0.2.9')[0]?.name, 'web-1.elb.eu-west-1.amazonaws.com');
  });

  const use = (Address: string) => ({
    Address,
    IPAMKey: {},
    IPAMMetadata: { k8sPodNamespace: 'shop', k8sPodName: 'cart-0' },
    AssignedTime: '2026-11-22T05:00:00Z',
    UnassignedTime: '0001-01-01T00:00:00Z',
  });
  const eni = {
    ID: 'eni-1',
    IsPrimary: true,
    AvailableIPv4Cidrs: {
      '10.0.0.5/32': { IPAddresses: { '10.0.0.5': use('10.0.0.5') }, IsPrefix: false },
      '10.0.0.96/28': { IPAddresses: {}, IsPrefix: true },
    },
  };
  const shapes: [string, unknown][] = [
    ['by network card', { 0: { TotalIPs: 2, ENIs: { 'eni-1': eni } } }],
    ['flat', { TotalIPs: 2, ENIs: { 'eni-1': eni } }],
    [
      'as pools',
      {
        ENIIPPools: {
          'eni-1': {
            ID: 'eni-1',
            IPv4Addresses: { '10.0.0.5': use('10.0.0.5'), '10.0.0.6': { Assigned: false } },
          },
        },
      },
    ],
    [
      'as the backing file',
      {
        version: 'vpc-cni-ipam/1',
        allocations: [
          { ipv4: '10.0.0.5', metadata: { k8sPodNamespace: 'shop', k8sPodName: 'cart-0' } },
        ],
      },
    ],
  ];
  for (const [shape, document] of shapes) {
    it(`reads the VPC CNI’s bookkeeping ${shape}`, () => {
      const owner = read(document).ownerOf('10.0.0.5');
      assert.deepEqual([owner.kind, owner.namespace, owner.name], ['pod', 'shop', 'cart-0']);
      assert.equal(read(document).ownerOf('10.0.0.6').listed, false);
    });
  }

  it('does not take other JSON for its own, and survives odd shapes', () => {
    for (const other of [
      null,
      [],
      {},
      { kind: 'List', items: [] },
      { NetworkInterfaces: 3 },
      { 0: 'x' },
    ]) {
      assert.equal(isAwsDocument(other), false);
    }
    for (const odd of [
      { NetworkInterfaces: [null, 1, {}, { PrivateIpAddresses: [null, 'x'] }] },
      { Reservations: [null, { Instances: [null, { NetworkInterfaces: [null] }] }] },
      { Vpcs: [{}] },
      { LoadBalancers: [null] },
      { ENIs: { a: null } },
    ]) {
      assert.doesNotThrow(() => read(odd));
    }
  });
});
