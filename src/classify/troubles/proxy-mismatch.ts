/** A PROXY header that the backend does not understand, or that it waits for in vain. */
import type { Case } from '../case.ts';
import type { ApplicationRecord, EvidenceRecord } from '../record.ts';
import { showEnd } from '../wording.ts';

const BAD_REQUEST = 400;

export function proxyMismatch(
  one: Case,
  application: ApplicationRecord | null,
): EvidenceRecord | undefined {
  const server = showEnd(one.server.ip, one.server.port);
  if (one.proxy !== null) {
    if (application?.status !== BAD_REQUEST) return undefined;
    return {
      rule: 'proxy-header-refused',
      confidence: 'likely',
      sentence: { code: 'proxy-header-refused', server, version: one.proxy.version },
    };
  }
  const hints = one.service?.service.loadBalancer;
  const isExpected =
    (hints?.proxyProtocol === true && one.service?.via === 'NodePort') ||
    one.run.proxyListeners.has(`${one.server.ip} ${one.server.port}`);
  const hasPayload = one.hops.some(
    (hop) => one.run.stage.flows.payloadBy(2 * hop.flow + hop.toServer) > 0,
  );
  if (!isExpected || !hasPayload) return undefined;
  return {
    rule: 'proxy-header-absent',
    confidence: 'likely',
    sentence: { code: 'proxy-header-absent', server },
  };
}
