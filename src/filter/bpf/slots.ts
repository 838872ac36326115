/** What the memory slots of a program hold while it walks over a frame's headers. */

/** Where the current layer's header starts. */
export const AT = 0;
/** Where the current layer ends, at most where the frame does. */
export const END = 1;
/** Where what an IP layer carries starts, behind extension headers. */
export const PAYLOAD = 2;
/** IP protocol number of what the layer carries, with one of the marks below. */
export const PROTOCOL = 3;
/** Answers: bit q is question q's. */
export const ANSWERS = 4;
/** How the walk came to the current layer: the version of the IP layer right outside, 0 = none there. */
export const OUTSIDE = 5;
/** For a few steps. */
export const SCRATCH = 6;
/** First of the slots for parts of arithmetic; the rest up to SLOTS are too. */
export const PARTS = 7;

/** The header is in another fragment, or beyond the layer's end: it has the protocol, but not its ports. */
export const ELSEWHERE = 0x100;
/** The chain of extension headers ends early: what it carries is not known to anyone. */
export const NOWHERE = 0x200;
