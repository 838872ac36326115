/** What listens in a cluster of a lab: every pod, every node, and the server outside. */
import type { Cluster } from './cluster.ts';
import type { Command } from './traffic.ts';

/** What names resolve to: as the lab's DNS servers have it. */
export type Records = Readonly<Record<string, readonly { type: string; data: string }[]>>;

/** Every server of the cluster, and of the place `server` outside of it. */
export function serversOf(
  cluster: Cluster,
  records: Records,
): { place: string; command: Command }[] {
  const servers: { place: string; command: Command }[] = [];
  const serve = (place: string, kind: string, protocol: string, port: number, more = {}): void => {
    servers.push({ place, command: { do: 'serve', kind, protocol, port, ...more } });
  };
  for (const { labels, name, place } of cluster.pods) {
    if (place === undefined) continue;
    serve(place, 'http', 'tcp', 8080, { name });
    serve(place, 'echo', 'tcp', 9000);
    serve(place, 'echo', 'udp', 7007);
    if (labels['k8s-app'] === 'kube-dns') {
      serve(place, 'dns', 'udp', 53, { records });
      serve(place, 'dns', 'tcp', 53, { records });
    }
  }
  for (const { controlPlane, name, place } of cluster.nodes) {
    serve(place, 'http', 'tcp', 10250, { name });
    if (controlPlane === true) serve(place, 'http', 'tcp', 6443, { name });
  }
  serve('server', 'http', 'tcp', 80, { name: 'server' });
  serve('server', 'echo', 'tcp', 9000);
  serve('server', 'echo', 'udp', 9999);
  serve('server', 'dns', 'udp', 53, { records });
  return servers;
}
