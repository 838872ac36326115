/** Aliases that carry a unit or an index space; unbranded, for the reader. */

/** A byte position in a batch's buffer. */
export type Offset = number;
/** Nanoseconds since the reader's epoch second: exact in a float64 for 104 days either side. */
export type Nanoseconds = number;
/** An IPv4 address as a signed int32, network order read big-endian. */
export type Ipv4 = number;
/** Row of the flow table. */
export type FlowIndex = number;
/** Row of the interface list, over all files of one run. */
export type InterfaceIndex = number;
/** One of the dense numbers in protocol-numbers.ts. */
export type Protocol = number;
