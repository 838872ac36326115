/**
 * VPC Flow Logs: one record is what passed one network interface (ENI) one way within one aggregation
 * window of at most ten minutes, as Amazon's user guide describes it ("Logging IP traffic using VPC
 * Flow Logs", "Flow log records").
 */

/** One record that holds traffic, with the fields that its log has. Text is as the log spells it. */
export interface FlowLogRecord {
  /** Index of its file, in the order given. */
  readonly fileIndex: number;
  /** Line in its file from 1 on; of a Parquet file the row. */
  readonly line: number;
  readonly interfaceId: string | undefined;
  readonly instanceId: string | undefined;
  /**
   * Source and destination as the interface sees them: its own side is always its primary address,
   * whichever of its addresses the packet bore. Undefined when the log has only the pkt- fields.
   */
  readonly srcaddr: string | undefined;
  readonly dstaddr: string | undefined;
  /** As the packets bore them; undefined when the log does not have them. */
  readonly pktSrcaddr: string | undefined;
  readonly pktDstaddr: string | undefined;
  /** 0..65535; 0 where the log does not have it or the protocol has none. */
  readonly srcport: number;
  readonly dstport: number;
  /** IP protocol number; -1 = the log does not tell. */
  readonly protocol: number;
  /** 0 where the log does not have it. */
  readonly packets: number;
  readonly bytes: number;
  /** Seconds since 1970 UTC of the window's first and last packet; NaN = the log does not tell. */
  readonly start: number;
  readonly end: number;
  readonly rejected: boolean;
  /** FIN 1, SYN 2, RST 4, SYN with ACK 18, joined over the window; -1 = not told. An ACK alone is not told. */
  readonly tcpFlags: number;
  readonly direction: 'ingress' | 'egress' | undefined;
  /** Way of egress traffic out of the interface, 1 to 8 (section "traffic-path"); 0 = not told. */
  readonly trafficPath: number;
  /** Name of the AWS service whose address range holds the packet's source or destination. */
  readonly srcService: string | undefined;
  readonly dstService: string | undefined;
  /** Why traffic was rejected, where that is not a security group or network ACL (BPA, …). */
  readonly rejectReason: string | undefined;
  readonly encryptionStatus: string | undefined;
  /** The ECS task or service behind the interface, or the resource that the log names. */
  readonly workload: string | undefined;
}
