// The module `timers/promises`, which Node has since 15. Test only.
import { promisify } from 'node:util';

export const setTimeout: (delayMs: number) => Promise<void> = promisify(globalThis.setTimeout);
