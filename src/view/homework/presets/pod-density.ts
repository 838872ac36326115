/** Pods per node against what the instance type's addresses allow. */
import { maxPodsOf } from '../../../topology/max-pods.ts';
import type { NodeDensity } from '../../../topology/pod-density.ts';
import type { Evidence, Material, Preset, Say } from '../sheet.ts';

const MANY = 100;
const NODES_SHOWN = 12;

export const podDensitySheet: Preset = {
  name: 'pod-density',
  needsNoCapture: true,
  title: {
    en: 'Pod density: pods per node against the instance type’s limit',
    ko: '파드 밀도: 노드당 파드 수와 인스턴스 유형의 한도',
  },
  sheet: (material, say) => ({
    question: say(
      'How many pods run on each node, how many could by its addresses, and what does prefix delegation change? Can 100 or more run on one worker?',
      '노드마다 몇 개의 파드가 실행되며, 주소로 보아 몇 개까지 가능하고, prefix delegation은 무엇을 바꿉니까? 한 워커에서 100개 이상을 실행할 수 있습니까?',
    ),
    evidence: [perNode(material, say), many(material, say)],
    explanation: [
      say(
        'With the AWS VPC CNI every pod takes an address of one of the node’s interfaces: ENIs x (IPv4 addresses of each - 1) + 2, where the primary address of each ENI is the node’s own, and the two pods on the host’s network need none. With prefix delegation each place holds a /28 (16 addresses) in place of one. AWS recommends at most 110 pods, 250 with more than 30 vCPUs, whatever the addresses allow; the kubelet’s --max-pods must be raised as well.',
        'AWS VPC CNI에서는 파드마다 노드 인터페이스의 주소를 하나씩 씁니다. 계산식은 ENI 수 x (ENI당 IPv4 주소 수 - 1) + 2입니다. 각 ENI의 기본 주소는 노드 자신이 쓰고, 호스트 네트워크를 쓰는 파드 두 개는 주소가 필요하지 않습니다. prefix delegation을 쓰면 주소 하나의 자리에 /28(주소 16개)이 들어갑니다. AWS는 주소와 관계없이 최대 110개(vCPU가 30개를 넘으면 250개)를 권장하며, kubelet의 --max-pods도 함께 늘려야 합니다.',
      ),
    ],
  }),
};

function perNode({ density }: Material, say: Say): Evidence {
  const nodes = density?.nodes ?? [];
  return {
    heading: say('Pods on each node', '노드별 파드 수'),
    finding:
      nodes.length === 0
        ? undefined
        : {
            claim: say(
              `The lists hold ${nodes.length} nodes. Most pods on one: ${busiest(nodes).pods} on ${busiest(nodes).node}.`,
              `목록에 노드 ${nodes.length}개가 있습니다. 파드가 가장 많은 노드는 ${busiest(nodes).node}이며 ${busiest(nodes).pods}개입니다.`,
            ),
            figures: nodes.slice(0, NODES_SHOWN).map((node) => [node.node, describe(node, say)]),
            rows: [],
          },
    otherwise: {
      text: noLists(say),
      commands: [
        'kubectl get nodes,pods -A -o json > cluster.json',
        'netlens shot --homework pod-density --kube-json cluster.json',
      ],
    },
  };
}

function noLists(say: Say): string {
  return say(
    'Pods are counted from kubectl’s lists, not from packets; none was given. Make one and give it with --kube-json:',
    '파드 수는 패킷이 아니라 kubectl의 목록에서 셉니다. 목록이 주어지지 않았습니다. 목록을 만들어 --kube-json으로 지정하세요.',
  );
}

function busiest(nodes: readonly NodeDensity[]): NodeDensity {
  return nodes.reduce((most, node) => (node.pods > most.pods ? node : most));
}

/** `m5.large: 9 pods (2 on the host's network); by addresses 3 x (10 - 1) + 2 = 29, with prefixes 434`. */
function describe(
  { instanceType, pods, hostNetworkPods, kubeletMax, limit }: NodeDensity,
  say: Say,
): string {
  const parts = [
    say(
      `${instanceType ?? 'type not listed'}: ${pods} pods (${hostNetworkPods} on the host’s network)`,
      `${instanceType ?? '유형 정보 없음'}: 파드 ${pods}개(호스트 네트워크 ${hostNetworkPods}개)`,
    ),
  ];
  if (kubeletMax !== undefined) parts.push(`kubelet ${kubeletMax}`);
  if (limit !== undefined) {
    const { limits, mode } = limit;
    const single = maxPodsOf(limits, { ...mode, prefixDelegation: false });
    parts.push(
      say(
        `without prefixes ${single.formula} = ${single.maxPods}`,
        `prefix 없이 ${single.formula} = ${single.maxPods}`,
      ),
    );
    if (limits.takesPrefixes) {
      const prefixes = maxPodsOf(limits, { ...mode, prefixDelegation: true });
      parts.push(
        say(
          `with prefixes ${prefixes.formula} = ${prefixes.maxPods}, recommended ${prefixes.recommended}`,
          `prefix 사용 시 ${prefixes.formula} = ${prefixes.maxPods}, 권장 ${prefixes.recommended}`,
        ),
      );
    } else parts.push(say('takes no prefixes', 'prefix를 쓸 수 없음'));
  }
  return parts.join('; ');
}

function many({ density }: Material, say: Say): Evidence {
  const crowded = (density?.nodes ?? []).filter(({ pods }) => pods >= MANY);
  const node = crowded[0];
  return {
    heading: say('100 or more pods on one worker', '한 워커에 파드 100개 이상'),
    finding: node && {
      claim: say(
        `${node.node} runs ${node.pods} pods. ${node.findings.join('. ')}`,
        `${node.node}에서 파드 ${node.pods}개가 실행되고 있습니다. ${node.findings.join('. ')}`,
      ).trim(),
      figures: crowded.slice(0, NODES_SHOWN).map((one) => [one.node, describe(one, say)]),
      rows: [],
    },
    otherwise: {
      text:
        density === undefined
          ? noLists(say)
          : say(
              'No node of the lists runs 100 pods or more. Turn prefix delegation on, raise the kubelet’s limit on new nodes, then scale:',
              '목록에 파드를 100개 이상 실행하는 노드가 없습니다. prefix delegation을 켜고, 새 노드의 kubelet 한도를 늘린 다음 확장하세요.',
            ),
      commands: [
        'kubectl set env daemonset aws-node -n kube-system ENABLE_PREFIX_DELEGATION=true WARM_PREFIX_TARGET=1',
        'netlens maxpods INSTANCE-TYPE --prefix-delegation   # the --max-pods to give new nodes',
        'kubectl scale deployment DEPLOYMENT --replicas=110',
        'kubectl get pods -A -o wide --field-selector spec.nodeName=NODE | wc -l',
        'kubectl get nodes,pods -A -o json > cluster.json',
      ],
    },
  };
}
