// Python in a worker: it gets its files from the page, so that it can start again without a request, and answers one
// question at a time. Whatever it would fetch comes from those files, or fails.
import { loadPyodide } from "pyodide";
import createPyodideModule from "../node_modules/pyodide/pyodide.asm.mjs";

const START = `
from pathlib import Path
from archspec.pages.playground import ready
ready(Path("/spec/spec.yaml"))
`;

self.onmessage = async ({ data: { module, library, archives } }) => {
  try {
    const playground = await start(module, library, archives);
    self.onmessage = ({ data: { id, question } }) => self.postMessage({ id, answer: playground.answer(question) });
    self.postMessage({ ready: true });
  } catch (error) {
    self.postMessage({ failed: String(error?.message ?? error) });
  }
};

async function start(module, library, archives) {
  self.fetch = async (url) => {
    const files = { "pyodide.asm.wasm": () => new Response(), "python_stdlib.zip": () => new Response(library) };
    const file = files[String(url).split("/").pop()];
    if (!file) throw new Error(`${url} is not asked for from here`);
    return file();
  };
  // The page has compiled it already, once for all workers.
  WebAssembly.instantiateStreaming = async (response, imports) => {
    await response;
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  const python = await loadPyodide({
    indexURL: "https://archspec.invalid/",
    lockFileContents: { info: { abi_version: "2026_0", arch: "wasm32", platform: "", python: "" }, packages: {} },
    packageBaseUrl: "https://archspec.invalid/",
    createPyodideModule,
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    stdout: () => {},
    stderr: () => {},
  });
  const site = python.runPython("import site; site.getsitepackages()[0]");
  for (const archive of archives) python.unpackArchive(archive, "zip", { extractDir: site });
  return python.runPython(START);
}
