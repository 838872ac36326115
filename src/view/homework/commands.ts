/** Commands that make missing evidence: in a lab of netlens, or on a cluster of one's own. */

/** Build the lab, capture on a node of it while its traffic goes on, take it down. */
export function inLab(lab: string, places: readonly string[]): string[] {
  return [
    `sudo netlens lab up ${lab}`,
    // all but the last in the background: they capture at the same time
    ...places.map((place, i) => {
      const tcpdump = `sudo timeout 60 ip netns exec nl-${lab}-${place} tcpdump -i any -w ${place}.pcap`;
      return i < places.length - 1 ? `${tcpdump} &` : tcpdump;
    }),
    `sudo netlens lab down ${lab}`,
  ];
}

/** Capture on a node; the name in the file tells netlens which. */
export function onNode(node: string, filter = ''): string {
  return `sudo tcpdump -i any -w ${node}.pcap${filter === '' ? '' : ` '${filter}'`}`;
}

export const DUMP_CLUSTER =
  'kubectl get nodes,pods,services,endpointslices -A -o json > cluster.json   # --kube-json cluster.json';
