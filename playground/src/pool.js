// Two workers: one answers, the other waits to take its place when an answer does not come.

const PATIENCE = 3000; // ms that an answer may take
const FILES = ["worker.js", "pyodide.asm.wasm", "python_stdlib.zip", "packages.zip", "archspec.zip"];

/** Everything that a worker needs, loaded once: no worker asks the network for anything. */
export async function load(told) {
  if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly, or has it turned off");
  const sizes = new Map();
  const received = (name, bytes, total) => {
    sizes.set(name, [bytes, total]);
    const all = [...sizes.values()];
    told(all.reduce((sum, [bytes]) => sum + bytes, 0) / all.reduce((sum, [, total]) => sum + total, 0));
  };
  const [script, module, library, ...archives] = await Promise.all(FILES.map((name) => part(name, received)));
  return { script: URL.createObjectURL(new Blob([script], { type: "text/javascript" })), module, library, archives };
}

async function part(name, received) {
  const response = await fetch(new URL(name, document.baseURI));
  if (!response.ok) throw new Error(`${name} cannot be loaded: ${response.status} ${response.statusText}`);
  const total = Number(response.headers.get("content-length")) || 1;
  let bytes = 0;
  const counted = new TransformStream({
    transform(chunk, to) {
      bytes += chunk.byteLength;
      received(name, Math.min(bytes, total), total);
      to.enqueue(chunk);
    },
  });
  const body = new Response(response.body.pipeThrough(counted), { headers: { "content-type": "application/wasm" } });
  return name.endsWith(".wasm") ? WebAssembly.compileStreaming(body) : body.arrayBuffer();
}

/** Questions to whichever worker is there. Of each kind only the newest waits: the one before is answered by null. */
export class Pool {
  constructor(parts, { ready, failed, hung }) {
    this.parts = parts;
    this.told = { ready, failed, hung };
    this.waiting = new Map();
    this.number = 0;
    this.active = this.boot();
    this.spare = null;
  }

  /** The answer to a question; null where a newer one of its kind came, or none came in time. */
  ask(question) {
    return new Promise((resolve) => {
      this.waiting.get(question.ask)?.resolve(null);
      this.waiting.set(question.ask, { question, resolve });
      this.next();
    });
  }

  boot() {
    const worker = new Worker(this.parts.script, { type: "module" });
    const one = { worker, ready: false, asked: null };
    worker.onmessage = ({ data }) => this.heard(one, data);
    worker.onerror = (event) => this.heard(one, { failed: event.message || "the worker cannot start" });
    const { module, library, archives } = this.parts;
    worker.postMessage({ module, library, archives });
    return one;
  }

  heard(one, data) {
    if (data.failed !== undefined) {
      one.worker.terminate();
      if (one === this.spare) this.spare = null;
      else if (one === this.active) this.told.failed(data.failed);
    } else if (data.ready) {
      one.ready = true;
      if (one === this.active) this.told.ready();
    } else if (one.asked?.id === data.id) {
      clearTimeout(one.asked.timer);
      const { resolve } = one.asked;
      one.asked = null;
      resolve(JSON.parse(data.answer));
      this.spare ??= this.boot(); // only now, so that it does not slow the first answer
    }
    this.next();
  }

  next() {
    const one = this.active;
    if (!one.ready || one.asked || !this.waiting.size) return;
    const kind = this.waiting.has("check") ? "check" : this.waiting.keys().next().value;
    const { question, resolve } = this.waiting.get(kind);
    this.waiting.delete(kind);
    const id = ++this.number;
    one.asked = { id, resolve, timer: setTimeout(() => this.replace(question), PATIENCE) };
    one.worker.postMessage({ id, question: JSON.stringify(question) });
  }

  replace(question) {
    const { worker, asked } = this.active;
    worker.terminate();
    this.active = this.spare ?? this.boot();
    this.spare = null;
    this.told.hung(question);
    asked.resolve(null);
    this.next();
    if (this.active.ready) this.spare = this.boot();
  }
}
