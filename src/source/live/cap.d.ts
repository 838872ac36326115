/** What is used of the npm package cap 0.2.1, which brings no types and is not installed unless the user does. */
declare module 'cap' {
  export class Cap {
    static findDevice(address?: string): string | undefined;
    static deviceList(): { name: string; description?: string }[];
    /** Yields the link type: ETHERNET, RAW, NULL, LINKTYPE_LINUX_SLL, IEEE802_11_RADIO. Throws what libpcap says. */
    open(device: string, filter: string, bufferLen: number, into: Buffer): string;
    on(event: 'packet', listener: (length: number, truncated: boolean) => void): void;
    close(): void;
    /** Windows alone. */
    setMinBytes?(count: number): void;
  }
}
