/** The engine in a thread of its own: opens what it is told to, then answers. */
import { parentPort, workerData } from 'node:worker_threads';
import { type EngineSpec, openEngine } from './open.ts';
import { serveEngine } from './serve-engine.ts';

if (parentPort !== null) void serveEngine(parentPort, () => openEngine(workerData as EngineSpec));
