/** A connection to a cluster's API: kubeconfig, credentials and TLS as @kubernetes/client-node has them, requests of our own. Loaded only with --kube. */
import { existsSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TopologyError } from './facts.ts';

const CODE = 'NETLENS_KUBE_API';
/** No byte for this long ends a list. */
const IDLE_MS = 30_000;

export interface KubeConnection {
  /** The API server's URL, for messages. */
  readonly server: string;
  /** The answer's status and its body as text chunks. Throws for what fails below HTTP. */
  get(
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<{ status: number; body: AsyncIterable<string> }>;
}

export interface KubeOptions {
  /** Path of a kubeconfig; else $KUBECONFIG, ~/.kube/config, the service account of the pod we run in. */
  readonly kubeconfig?: string | undefined;
  /** Context of the kubeconfig; else its current one. */
  readonly context?: string | undefined;
}

/** What we use of the package; kept apart from its types so that building does not need it. */
interface KubeConfig {
  loadFromFile(file: string): void;
  loadFromDefault(): void;
  loadFromCluster(): void;
  getContexts(): { name: string }[];
  setCurrentContext(name: string): void;
  getCurrentContext(): string;
  getCurrentCluster(): { server: string; skipTLSVerify?: boolean } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/** Read the configuration and be ready to ask; nothing is sent yet. */
export async function connectKube(options: KubeOptions = {}): Promise<KubeConnection> {
  const config = await loadConfig(options);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new TopologyError(
      CODE,
      `Kubernetes: no cluster in the kubeconfig's context ${JSON.stringify(config.getCurrentContext())}`,
    );
  }
  const { server } = cluster;
  if (server.startsWith('http:') && cluster.skipTLSVerify !== true) {
    throw new TopologyError(
      CODE,
      `Kubernetes ${server}: plain HTTP; where that is meant (kubectl proxy), the cluster in the kubeconfig needs insecure-skip-tls-verify: true`,
    );
  }
  return { server, get: (path, signal) => get(config, server, path, signal) };
}

async function loadConfig({ kubeconfig, context }: KubeOptions): Promise<KubeConfig> {
  const name = '@kubernetes/client-node'; // a variable, so that compiling does not need the package
  let library: { KubeConfig: new () => KubeConfig };
  try {
    library = await import(name);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ERR_MODULE_NOT_FOUND' ? 'is not installed' : `does not load: ${String(error)}`;
    throw new TopologyError(
      CODE,
      `--kube: the package ${name} ${why}; npm install ${name}, or use --kube-json with kubectl's output`,
    );
  }
  if (kubeconfig === undefined && !isInPod() && !hasKubeconfig()) {
    throw new TopologyError(
      CODE,
      'Kubernetes: no kubeconfig; give --kubeconfig FILE, set KUBECONFIG, or use --kube-json',
    );
  }
  const config = new library.KubeConfig();
  try {
    if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
    else if (isInPod()) config.loadFromCluster();
    else config.loadFromDefault();
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    throw new TopologyError(CODE, `Kubernetes: cannot read the kubeconfig: ${message}`);
  }
  if (context !== undefined) {
    const contexts = config.getContexts().map((c) => c.name);
    if (!contexts.includes(context)) {
      throw new TopologyError(
        CODE,
        `Kubernetes: no context ${JSON.stringify(context)}; there is ${contexts.join(', ') || 'none'}`,
      );
    }
    config.setCurrentContext(context);
  }
  return config;
}

/** In a pod with a service account, and not told otherwise. */
function isInPod(): boolean {
  return process.env.KUBECONFIG === undefined && process.env.KUBERNETES_SERVICE_HOST !== undefined;
}

function hasKubeconfig(): boolean {
  return process.env.KUBECONFIG !== undefined || existsSync(join(homedir(), '.kube', 'config'));
}

async function get(
  config: KubeConfig,
  server: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ status: number; body: AsyncIterable<string> }> {
  const options: RequestOptions = { method: 'GET', headers: {} };
  await config.applyToHTTPSOptions(options); // each time: tokens expire
  options.headers = { ...options.headers, Accept: 'application/json', 'User-Agent': 'netlens' };
  if (signal !== undefined) options.signal = signal;
  const url = new URL(server.replace(/\/+$/, '') + path);
  const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(url, options, resolve);
    request.setTimeout(IDLE_MS, () => {
      if (!path.includes('watch='))
        request.destroy(new Error(`no answer within ${IDLE_MS / 1000} s`));
    });
    request.on('error', reject);
    request.end();
  });
  response.setEncoding('utf8');
  return { status: response.statusCode ?? 0, body: response as AsyncIterable<string> };
}
