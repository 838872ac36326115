/** A Kubernetes API server on loopback for tests: lists in pages, watches, and whatever fault a test asks for. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

interface Watcher {
  readonly path: string;
  readonly version: string;
  readonly response: ServerResponse;
}

export class FakeApiServer {
  /** Objects by list path. A path that is not here answers 404. */
  readonly objects = new Map<string, Json[]>();
  /** Status to answer with instead, by path. */
  readonly refuse = new Map<string, number>();
  /** Objects in a page, whatever limit is asked. */
  pageSize = 2;
  /** The next request with a continue token answers 410. */
  expireContinue = false;
  /** The next watch of this path answers 410. */
  expireWatch: string | undefined = undefined;
  version = 100;
  readonly requests: { readonly url: URL; readonly authorization: string | undefined }[] = [];
  readonly watchers: Watcher[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Send an event to every open watch of the path. */
  send(path: string, type: string, object: Json): void {
    for (const watcher of this.watchers) {
      if (watcher.path === path) watcher.response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }

  /** End every open watch of the path. */
  endWatches(path: string): void {
    for (let i = this.watchers.length - 1; i >= 0; i--) {
      if (this.watchers[i]!.path === path) this.watchers.splice(i, 1)[0]!.response.end();
    }
  }

  listsOf(path: string): URL[] {
    return this.requests
      .map(({ url }) => url)
      .filter((u) => u.pathname === path && !u.searchParams.has('watch'));
  }

  watchesOf(path: string): URL[] {
    return this.requests
      .map(({ url }) => url)
      .filter((u) => u.pathname === path && u.searchParams.has('watch'));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    this.requests.push({ url, authorization: request.headers.authorization });
    const status = this.refuse.get(url.pathname) ?? (this.objects.has(url.pathname) ? 200 : 404);
    if (status !== 200) {
      fail(response, status);
      return;
    }
    if (url.searchParams.has('watch')) {
      this.answerWatch(url, response);
      return;
    }
    const all = this.objects.get(url.pathname)!;
    const token = url.searchParams.get('continue');
    if (token !== null && this.expireContinue) {
      this.expireContinue = false;
      fail(response, 410);
      return;
    }
    const from = Number(token ?? 0);
    const to = from + this.pageSize;
    const metadata = {
      resourceVersion: String(this.version),
      ...(to < all.length && { continue: String(to) }),
    };
    // As the real server does, the items come without a kind.
    const items = all.slice(from, to).map(({ kind: _kind, apiVersion: _version, ...rest }) => rest);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ kind: 'SomeList', metadata, items }));
  }

  private answerWatch(url: URL, response: ServerResponse): void {
    if (this.expireWatch === url.pathname) {
      this.expireWatch = undefined;
      fail(response, 410);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.watchers.push({
      path: url.pathname,
      version: url.searchParams.get('resourceVersion') ?? '',
      response,
    });
  }
}

function fail(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      kind: 'Status',
      status: 'Failure',
      message: `status ${status}`,
      code: status,
    }),
  );
}
