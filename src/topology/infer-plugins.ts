/**
 * Which network plugin built what the traffic shows: by its devices' names, its MAC addresses, its gateway, the
 * port and identifiers of its tunnels. Each sign is told once; a plugin is as sure as its surest sign.
 */

import { isSameSentence, type Sentence } from '../words/sentence.ts';
import type { PluginFact } from './facts.ts';
import { interfaceInFileName } from './infer-interfaces.ts';
import type {
  ArpObservation,
  FlowObservation,
  SeenAt,
  TrafficObservation,
  TunnelObservation,
} from './observation.ts';

/** What the traffic of a plugin bears. */
interface Sign {
  readonly plugin: string;
  readonly mode?: string;
  readonly score: number;
  readonly why: Sentence;
}

/** Devices by the plugins' own names for them. */
const DEVICES: readonly (readonly [RegExp, string, string | undefined, number])[] = [
  [/^cali[0-9a-f]{11}$/, 'calico', undefined, 0.95],
  [/^tunl0$/, 'calico', 'ipip', 0.75], // flannel's is flannel.ipip
  [/^vxlan(-v6)?\.calico$/, 'calico', 'vxlan', 0.95],
  [/^wireguard(-v6)?\.cali$|^wg-v6\.cali$/, 'calico', 'wireguard', 0.95],
  [/^eni[0-9a-f]{11}$|^vlan[0-9a-f]{11}$/, 'aws-vpc-cni', 'vpc', 0.95],
  [/^flannel(-v6)?\.\d+$/, 'flannel', 'vxlan', 0.9],
  [/^flannel\.ipip$/, 'flannel', 'ipip', 0.95],
  [/^flannel-wg(-v6)?$/, 'flannel', 'wireguard', 0.95],
  [/^lxc([0-9a-f]{12}|_health)$|^cilium_(host|net)$/, 'cilium', undefined, 0.95],
  [/^cilium_vxlan$/, 'cilium', 'vxlan', 0.95],
  [/^cilium_geneve$/, 'cilium', 'geneve', 0.95],
  [/^cilium_wg\d+$/, 'cilium', 'wireguard', 0.95],
  [/^weave$|^vethwepl\w+$|^vethwe-\w+$/, 'weave', undefined, 0.95],
  [/^vxlan-6784$/, 'weave', 'fastdp', 0.95],
  [/^cbr0$/, 'kubenet', 'routed', 0.85],
  [/^genev_sys_6081$|^ovn-k8s-mp0$/, 'ovn', 'geneve', 0.85],
  [/^antrea-(tun|gw)0$/, 'antrea', undefined, 0.95],
  [/^azv[0-9a-f]{11}$/, 'azure-cni', 'vpc', 0.9],
  [/^gke[0-9a-f]{11}$/, 'gke', 'vpc', 0.9],
  [/^kube-bridge$/, 'kube-router', undefined, 0.9],
  [/^contiv[hv]\w*$|^v?vport\d+$/, 'contiv', undefined, 0.85],
];

/** Pods' veths, of which each has another name behind the prefix. */
const VETH = /^(cali|eni|vlan|lxc|vethwepl|azv|gke|v?vport)[0-9a-f]/;

const CALICO_MAC = 'ee:ee:ee:ee:ee:ee';
const CALICO_GATEWAY = '169.254.1.1';
const OVN_CLASS = 0x0102;
const CILIUM_CLASS = 0x014b;
const FLANNEL_PORT = 8472;
const CALICO_VNI = 4096;
const CALICO_EBPF_VNI = 0xca11c0;
/** Signs of one plugin whose text is kept. */
const REASONS_MAX = 4;

export class PluginEvidence {
  /** By plugin and mode, and within by text. */
  private readonly found = new Map<string, { plugin: string; mode: string; signs: Sign[] }>();

  observe(o: TrafficObservation): void {
    if (o.kind === 'flow') {
      this.noteDevice(o);
      this.noteFlow(o);
    } else if (o.kind === 'tunnel') {
      this.noteDevice(o);
      this.noteTunnel(o);
    } else if (o.kind === 'arp') {
      this.noteDevice(o);
      this.noteArp(o);
    }
  }

  private noteDevice(o: SeenAt): void {
    const name = o.interface ?? interfaceInFileName(o.vantage);
    if (name === undefined) return;
    for (const [pattern, plugin, mode, score] of DEVICES) {
      if (!pattern.test(name)) continue;
      const prefix = VETH.exec(name)?.[1];
      const why: Sentence =
        prefix === undefined
          ? { code: 'sign-device', device: name }
          : { code: 'sign-veths', prefix };
      this.add({ plugin, score, why, ...(mode === undefined ? {} : { mode }) });
    }
  }

  private noteFlow({ dstMac, dport, protocol, sport, srcMac }: FlowObservation): void {
    if (srcMac === CALICO_MAC || dstMac === CALICO_MAC) {
      this.add({
        plugin: 'calico',
        score: 0.95,
        why: { code: 'sign-gateway-mac', mac: CALICO_MAC },
      });
    }
    if (srcMac?.startsWith('02:02:') === true && dstMac === '00:00:11:11:11:11') {
      this.add({ plugin: 'contiv', score: 0.95, why: { code: 'sign-router-mac', mac: dstMac } });
    }
    if (protocol === 'tcp' && dport === 6783) {
      this.add({ plugin: 'weave', score: 0.85, why: { code: 'sign-weave-routers', port: dport } });
    }
    if (protocol === 'udp' && sport === dport && dport === 51871) {
      this.add({
        plugin: 'cilium',
        mode: 'wireguard',
        score: 0.85,
        why: { code: 'sign-wireguard-port', port: dport },
      });
    }
  }

  private noteArp({ target }: ArpObservation): void {
    if (target !== CALICO_GATEWAY) return;
    this.add({
      plugin: 'calico',
      score: 0.97,
      why: { code: 'sign-arp-gateway', gateway: CALICO_GATEWAY },
    });
  }

  private noteTunnel(o: TunnelObservation): void {
    const { id, innerSrcMac, optionClasses, outerPort, type } = o;
    if (type === 'ipip') {
      this.add({ plugin: 'calico', mode: 'ipip', score: 0.65, why: { code: 'sign-ipip' } });
    }
    if (type === 'vxlan' && outerPort === FLANNEL_PORT && id === 1) {
      this.add({
        plugin: 'flannel',
        mode: 'vxlan',
        score: 0.9,
        why: { code: 'sign-vni-on-port', vni: '1', port: FLANNEL_PORT },
      });
    }
    if (type === 'vxlan' && id === CALICO_VNI && innerSrcMac?.startsWith('66:') === true) {
      const why = { code: 'sign-vni-between-macs', vni: String(CALICO_VNI), prefix: '66' } as const;
      this.add({ plugin: 'calico', mode: 'vxlan', score: 0.97, why });
    }
    if (type === 'vxlan' && id === CALICO_EBPF_VNI) {
      this.add({
        plugin: 'calico',
        mode: 'ebpf',
        score: 0.97,
        why: { code: 'sign-vni', vni: '0xca11c0' },
      });
    }
    if ((type === 'vxlan' && outerPort === 6784) || type === 'weave-fastdp') {
      this.add({
        plugin: 'weave',
        mode: 'fastdp',
        score: 0.95,
        why: { code: 'sign-vxlan-port', port: 6784 },
      });
    }
    if (type === 'weave-sleeve') {
      this.add({
        plugin: 'weave',
        mode: 'sleeve',
        score: 0.95,
        why: { code: 'sign-sleeve', port: 6783 },
      });
    }
    if (type === 'flannel-udp') {
      this.add({
        plugin: 'flannel',
        mode: 'udp',
        score: 0.95,
        why: { code: 'sign-flannel-udp', port: 8285 },
      });
    }
    if (optionClasses?.includes(OVN_CLASS) === true) {
      this.add({
        plugin: 'ovn',
        mode: 'geneve',
        score: 0.95,
        why: { code: 'sign-geneve-option', plugin: 'OVN' },
      });
    }
    if (optionClasses?.includes(CILIUM_CLASS) === true) {
      this.add({
        plugin: 'cilium',
        mode: 'geneve',
        score: 0.97,
        why: { code: 'sign-geneve-option', plugin: 'Cilium' },
      });
    }
  }

  /** Identities in a tunnel's VNI, as tunnels tell them: Cilium's. */
  noteIdentities(type: string, port: number): void {
    if (type !== 'vxlan' && type !== 'geneve') return;
    const why = { code: 'sign-identities', port } as const;
    this.add({ plugin: 'cilium', mode: type, score: 0.85, why });
  }

  private add(sign: Sign): void {
    const mode = sign.mode ?? '';
    const key = `${sign.plugin} ${mode}`;
    const there = this.found.get(key);
    if (there === undefined) this.found.set(key, { plugin: sign.plugin, mode, signs: [sign] });
    else if (
      there.signs.length < REASONS_MAX &&
      !there.signs.some((s) => isSameSentence(s.why, sign.why))
    ) {
      there.signs.push(sign);
    }
  }

  /** One fact a plugin and mode; what tells no mode goes to the plugin's modes that others tell. */
  facts(): PluginFact[] {
    this.joinCanal();
    const all = [...this.found.values()];
    const facts: PluginFact[] = [];
    for (const { mode, plugin, signs } of all) {
      if (mode === '' && all.some((one) => one.plugin === plugin && one.mode !== '')) continue;
      const more = mode === '' ? [] : (this.found.get(`${plugin} `)?.signs ?? []);
      const told = [...signs, ...more];
      facts.push({
        plugin,
        ...(mode === '' ? {} : { mode }),
        source: { kind: 'traffic', detail: 'traffic' },
        score: Math.max(...told.map(({ score }) => score)),
        why: { code: 'joined', sentences: told.map(({ why }) => why) },
      });
    }
    return facts;
  }

  /** Calico's veths with Flannel's tunnel are Canal. */
  private joinCanal(): void {
    const veths = this.found.get('calico ');
    const tunnel = this.found.get('flannel vxlan');
    const hasOwnTunnel = [...this.found.keys()].some((key) => /^calico ./.test(key));
    if (veths === undefined || tunnel === undefined || hasOwnTunnel) return;
    this.found.delete('calico ');
    this.found.delete('flannel vxlan');
    const signs = [...tunnel.signs, ...veths.signs];
    this.found.set('canal vxlan', { plugin: 'canal', mode: 'vxlan', signs });
  }
}
