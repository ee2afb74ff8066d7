// The C++ compiler of this system: what it is, and whether there is one. Set-up scripts; built-ins only.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, SetupError } from './process.mjs';

/** Names the compiler and its version, so that another one leads to another build. Throws where Windows has none. */
export function compilerIdentity() {
  return process.platform === 'win32' ? visualStudioVersion() : run(process.env.CXX ?? 'c++', ['--version']);
}

/** Visual Studio's installer keeps vswhere at this place, whatever else is installed where. */
function visualStudioVersion() {
  const programFiles = process.env['ProgramFiles(x86)'] ?? 'C:\\Program Files (x86)';
  const vswhere = join(programFiles, 'Microsoft Visual Studio', 'Installer', 'vswhere.exe');
  const tools = `Microsoft.VisualStudio.Component.VC.Tools.${process.arch === 'arm64' ? 'ARM64' : 'x86.x64'}`;
  const version = existsSync(vswhere)
    ? run(vswhere, [
        '-latest',
        '-products',
        '*',
        '-version',
        '[17.0,',
        '-requires',
        tools,
        '-property',
        'installationVersion',
      ])
    : '';
  if (version.trim() !== '') return `Visual Studio ${version.trim()}`;
  throw new SetupError(
    'No Visual Studio 2022 with C++ tools is installed. Install its Build Tools with the workload "Desktop development ' +
      'with C++" (winget install Microsoft.VisualStudio.2022.BuildTools), then run the command again.',
  );
}
