// The environment of child processes that are to run as Node. Used by host, command line and shell.

/** Within Electron its own program is the only Node there is, and starts a second app unless it is told otherwise. */
export function childEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  isElectron: boolean = process.versions['electron'] !== undefined,
): NodeJS.ProcessEnv {
  return isElectron ? { ...environment, ELECTRON_RUN_AS_NODE: '1' } : environment;
}
