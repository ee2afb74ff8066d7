// Backups of the store, made while it is in use, and the check that it is whole. Runs in the host.
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backup } from '../../../contracts/studio.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const CHECK_INTERVAL_MS = 60 * 60 * 1000;
/** A week of daily ones. */
const KEPT_BACKUPS = 7;
/** Where the user wants room. */
export const KEPT_WHEN_PRUNED = 1;
const NAME = /^tinylora-\d{8}T\d{9}Z\.db$/;

/** What a backup needs of the store. */
export interface BackupSource {
  backUp(path: string): Promise<void>;
  /** What SQLite's check finds; null where the store is whole. */
  findDamage(): Promise<string | null>;
}

export class Backups {
  readonly #source: BackupSource;
  readonly #folder: string;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #underWay: Promise<Backup> | null = null;
  #integrity: { damage: string | null; checkedAtMs: number | null } = { damage: null, checkedAtMs: null };

  constructor(source: BackupSource, folder: string) {
    this.#source = source;
    this.#folder = folder;
  }

  /** Checks the store, and from then on backs it up daily. A damaged store never replaces a good backup. */
  async start(): Promise<void> {
    this.#integrity = { damage: await this.#source.findDamage(), checkedAtMs: Date.now() };
    await this.#backUpIfDue();
    // Stopped meanwhile: a timer would keep the host's process alive for good.
    if (this.#isStopped) return;
    this.#timer = setInterval(() => void this.#backUpIfDue().catch(() => undefined), CHECK_INTERVAL_MS);
  }

  /** Waits for a backup under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#underWay?.catch(() => undefined);
  }

  get integrity(): { damage: string | null; checkedAtMs: number | null } {
    return this.#integrity;
  }

  /** One at a time; the oldest beyond a week of them go. */
  backUp(): Promise<Backup> {
    this.#underWay ??= this.#write().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  /** Newest first. */
  async list(): Promise<Backup[]> {
    const names = await readdir(this.#folder).catch((): string[] => []);
    const backups = names
      .filter((name) => NAME.test(name))
      .map(async (fileName): Promise<Backup> => {
        const path = join(this.#folder, fileName);
        const { size: sizeBytes, mtimeMs: createdAtMs } = await stat(path);
        return { fileName, path, sizeBytes, createdAtMs };
      });
    return (await Promise.all(backups)).sort((one, other) => (one.fileName < other.fileName ? 1 : -1));
  }

  async #backUpIfDue(): Promise<void> {
    const [newest] = await this.list();
    if (this.#integrity.damage !== null || this.#isStopped) return;
    if (newest === undefined || Date.now() - newest.createdAtMs > DAY_MS) await this.backUp();
  }

  async #write(): Promise<Backup> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const fileName = `tinylora-${new Date().toISOString().replace(/[-:.]/g, '')}.db`;
    const path = join(this.#folder, fileName);
    const temporary = `${path}.part`;
    try {
      await this.#source.backUp(temporary);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    const { size: sizeBytes, mtimeMs: createdAtMs } = await stat(path);
    for (const old of (await this.list()).slice(KEPT_BACKUPS)) await rm(old.path, { force: true });
    return { fileName, path, sizeBytes, createdAtMs };
  }
}
