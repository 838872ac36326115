/** A conversation's record to show, with what a test wants different. */
import type { ConversationRecord, EndRecord } from '../../src/classify/record.ts';

export function end(more: Partial<EndRecord> = {}): EndRecord {
  return {
    ip: '10.0.0.1',
    port: 80,
    kind: 'pod',
    namespace: null,
    name: null,
    node: null,
    ...more,
  };
}

export function conversation(more: Partial<ConversationRecord> = {}): ConversationRecord {
  return {
    schema: 'netlens.conversation/1',
    id: 1,
    label: 'cross-node',
    confidence: 'certain',
    direction: 'internal',
    protocol: 'tcp',
    client: end({ ip: '172.16.158.1', port: 44648, namespace: 'default', name: 'pod1' }),
    server: end({ ip: '172.16.34.1', port: 8080, namespace: 'default', name: 'web-0' }),
    service: null,
    encapsulation: [
      { type: 'ipip', outer: { src: '192.168.10.101', dst: '192.168.20.100' }, id: null },
    ],
    translations: [],
    proxyProtocol: null,
    hops: [
      {
        node: 'k8s-w1',
        interface: 'eth0',
        file: 'w1.pcapng',
        direction: 'out',
        tuple: {
          src: '172.16.158.1',
          sport: 44648,
          dst: '172.16.34.1',
          dport: 8080,
          protocol: 'tcp',
        },
        encapsulation: null,
        packets: 9,
        bytes: 1204,
        frame: 17,
        ttl: 63,
        first: '2026-11-22T05:55:57.542305000Z',
        last: '2026-11-22T05:55:57.552305000Z',
        offsetUs: 0,
      },
    ],
    packets: { toServer: 6, toClient: 5 },
    bytes: { toServer: 540, toClient: 1204 },
    payloadBytes: { toServer: 74, toClient: 555 },
    related: [],
    start: '2026-11-22T05:55:57.542305000Z',
    end: '2026-11-22T05:55:57.552305000Z',
    tcp: { state: 'closed', handshakeRttUs: 188, retransmissions: 0, resets: 0 },
    application: { protocol: 'http', method: 'GET', host: 'web', path: '/', status: 200 },
    troubles: [],
    evidence: [],
    unseen: [],
    ...more,
  };
}
