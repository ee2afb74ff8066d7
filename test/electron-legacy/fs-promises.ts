// The module `fs/promises`, which Node has since 14. Test only.
import { promises } from 'node:fs';

export const { readFile, stat } = promises;
