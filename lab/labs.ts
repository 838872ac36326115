/** The labs there are. */
import { awsVpcCni, awsVpcCniExternalSnat } from './aws-vpc-cni.ts';
import type { Lab } from './blocks/lab.ts';
import { calicoBgp } from './calico-bgp.ts';
import { calicoCrosssubnet } from './calico-crosssubnet.ts';
import { calicoIpip } from './calico-ipip.ts';
import { calicoVxlan } from './calico-vxlan.ts';
import { calicoWireguard } from './calico-wireguard.ts';
import { canal } from './canal.ts';
import { ciliumGeneve, ciliumNative, ciliumVxlan } from './cilium.ts';
import { flannelHostGw } from './flannel-host-gw.ts';
import { flannelVxlan } from './flannel-vxlan.ts';
import { kubenet } from './kubenet.ts';
import { nlb } from './nlb.ts';
import { nodelocalDns } from './nodelocal-dns.ts';
import { nodeport } from './nodeport.ts';
import { ovnGeneve } from './ovn-geneve.ts';
import { tricky, trickySnaplen } from './tricky.ts';
import { weave } from './weave.ts';

/** Every lab, in the order of the documentation. */
export const LABS: readonly Lab[] = [
  calicoIpip,
  calicoCrosssubnet,
  calicoVxlan,
  calicoBgp,
  calicoWireguard,
  canal,
  flannelVxlan,
  flannelHostGw,
  kubenet,
  ciliumVxlan,
  ciliumGeneve,
  ciliumNative,
  weave,
  ovnGeneve,
  nodelocalDns,
  awsVpcCni,
  awsVpcCniExternalSnat,
  nlb,
  nodeport,
  tricky,
  trickySnaplen,
];
