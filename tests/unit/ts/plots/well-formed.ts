/**
 * The visible texts of an SVG document; throws when its tags do not close in order or its text holds bare
 * markup.
 */
export function textsOf(svg: string): readonly string[] {
  const open: string[] = [];
  const texts: string[] = [];
  for (const [, close, name = "", , selfClosing, content = ""] of svg.matchAll(
    /<(\/?)([a-z]+)((?:\s+[a-zA-Z0-9-]+="[^"<]*")*)\s*(\/?)>([^<]*)/g,
  )) {
    if (close === "/") {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
    } else if (selfClosing !== "/") {
      open.push(name);
      if (name === "text") texts.push(content);
    }
    if (/&(?!amp;|lt;|gt;|quot;)/.test(content)) throw new Error(`bare & in ${content}`);
  }
  if (open.length > 0) throw new Error(`<${open.join("><")}> never closes`);
  if (svg.replaceAll(/<\/?[a-z]+(?:\s+[a-zA-Z0-9-]+="[^"<]*")*\s*\/?>/g, "").includes("<"))
    throw new Error("there is markup that is no tag");
  return texts;
}
