// A spec in the fragment of a link: JSON, compressed, in the letters of URLs. It is never sent to a server.

const MOST = 2_000_000; // characters that a link may hold

export async function pack(value) {
  const bytes = new Uint8Array(await through(JSON.stringify(value), new CompressionStream("deflate-raw")));
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** What a link holds. Raises an error for one that is damaged, or that holds too much. */
export async function unpack(text) {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const found = JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw"))));
  if (typeof found?.text !== "string") throw new Error("it holds no spec");
  const params = Object.entries(found.params ?? {}).filter(([, value]) => typeof value === "string");
  return {
    text: found.text,
    from: typeof found.from === "string" ? found.from : "",
    params: Object.fromEntries(params),
    size: typeof found.size === "string" ? found.size : "",
  };
}

async function through(data, stream) {
  const reader = new Blob([data]).stream().pipeThrough(stream).getReader();
  const parts = [];
  let size = 0;
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    size += value.length;
    if (size > MOST) {
      await reader.cancel();
      throw new Error("it holds more than a spec may");
    }
    parts.push(value);
  }
  return new Blob(parts).arrayBuffer();
}
