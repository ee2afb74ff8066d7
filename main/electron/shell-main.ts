// Main module of the desktop shell, which Electron starts.
import { startShell } from './shell.ts';
import { utilityHostProcess } from './utility-host.ts';

startShell(utilityHostProcess);
