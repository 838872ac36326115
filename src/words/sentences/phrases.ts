/** Things that many sentences name: each language has its way to put them. */

/** The owner of an end's address. */
export interface OwnerPhrase {
  readonly kind: 'pod' | 'node' | 'service' | 'external' | 'loadbalancer' | 'unknown';
  readonly ip: string;
  /** `namespace/name` of what has a namespace; undefined when the address is all that is known. */
  readonly name: string | undefined;
  readonly node: string | undefined;
  readonly hostNetworkPods: number;
}

/** Where a capture was made; without a device the file stands for it. */
export interface PlacePhrase {
  readonly device: string | undefined;
  readonly node: string | undefined;
  readonly file: string;
}

/** Where a flow log tells something. */
export interface LogPlacePhrase {
  readonly interfaceId: string | undefined;
  readonly line: number;
  readonly file: string;
}

/** The source of a fact: what kind it is of, and where in it. */
export interface SourcePhrase {
  readonly kind: string;
  readonly detail: string;
}
