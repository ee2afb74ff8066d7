// What the shell uses of newer Nodes, for the Node 12 of Electron 9. Put before the shell when it is bundled for that; test only.
if (typeof URL !== 'undefined' && !('canParse' in URL)) {
  Object.assign(URL, {
    canParse: (text: string) => {
      try {
        return new URL(text).href !== '';
      } catch {
        return false;
      }
    },
  });
}

// zod checks base64 with it; Node has it since 16.
if (typeof atob === 'undefined') {
  Object.assign(globalThis, { atob: (text: string) => Buffer.from(text, 'base64').toString('latin1') });
}
