// Texts come from the server (`{% js_strings %}`), so gettext stays the only catalogue.
const strings = JSON.parse(document.getElementById("js-strings")?.textContent ?? "{}");

/** The text of `key` with `{name}` placeholders filled from `values`. */
export function t(key, values = {}) {
  return (strings[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
