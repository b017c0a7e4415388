/** Sets a header whatever its name: assigning to `__proto__` would set no property and lose the header. */
export function setHeader(headers: Record<string, string>, name: string, text: string): void {
  if (name === '__proto__')
    Object.defineProperty(headers, name, { value: text, enumerable: true, configurable: true, writable: true });
  else headers[name] = text;
}
