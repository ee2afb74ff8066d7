// New sweep: a recipe as form or YAML, and beside it what it stands for and costs; one click starts it. Runs in the
// renderer.
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import type { DragEvent, ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Drawer from '@mui/material/Drawer';
import Link from '@mui/material/Link';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import { errorMessage } from '../../../contracts/app-error.ts';
import { AdapterConfig } from '../../../contracts/run-config.ts';
import { useCommands } from '../../app/commands.ts';
import { Page } from '../../app/Page.tsx';
import { useQueryState } from '../../app/query-state.ts';
import { SHORTCUTS } from '../../app/shortcuts.ts';
import { showToast } from '../../app/toasts.ts';
import { Banner } from '../../components/Banner.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';
import { LAYOUT } from '../../theme/tokens.ts';
import { useDraftStore } from './draft.ts';
import type { Draft } from './draft.ts';
import { useFormModel } from './form-model.ts';
import { useDraftLoading } from './load-draft.ts';
import type { DraftLoading } from './load-draft.ts';
import { PromptPreview } from './PromptPreview.tsx';
import type { Content, Task } from './recipe-content.ts';
import { parseRecipe } from './recipe-text.ts';
import { RecipeMenu } from './RecipeMenu.tsx';
import { SidePanel } from './SidePanel.tsx';
import { StartButton } from './StartButton.tsx';
import { useSweepStart } from './start-sweep.ts';
import type { SweepStarting } from './start-sweep.ts';
import { SweepForm } from './SweepForm.tsx';
import { usePlannedSweep } from './use-planned-sweep.ts';
import type { PlannedSweep } from './use-planned-sweep.ts';

/** CodeMirror is large, and most sweeps are made in the form. */
const YamlView = lazy(async () => ({ default: (await import('./YamlView.tsx')).YamlView }));

const EMPTY_RECIPE = 'name: my-sweep\nbase:\n  adapter: { kind: tinylora }\nseeds: [0]\n';
const WIDE = '(min-width: 1100px)';
/** What the strip at the foot leaves of the window. */
const PANEL_HEIGHT = `calc(100vh - ${LAYOUT.stripPx}px)`;
const NO_TASKS: readonly Task[] = [];

export function NewSweepPage() {
  const { t } = useTranslation('newSweep');
  const loading = useDraftLoading();
  const draft = useDraftStore((state) => state.draft);
  if (draft !== null) return <DraftPage draft={draft} loading={loading} />;
  return (
    <Page title={t('title')} crumbs={[{ label: t('home'), to: '/' }]}>
      {loading.error ? <LoadFailed error={loading.error} onRetry={loading.retry} /> : <Loading heightPx={480} />}
    </Page>
  );
}

function DraftPage({ draft, loading }: { draft: Draft; loading: DraftLoading }) {
  const { t } = useTranslation('newSweep');
  const [view, setView] = useQueryState<'form' | 'yaml'>('view', 'form');
  const content = useMemo(() => parseRecipe(draft.text), [draft.text]);
  const planned = usePlannedSweep(draft);
  const starting = useSweepStart();
  const save = useRecipeSaving(draft);
  const takeFile = async (file: File) => {
    const path = window.desktop?.pathOfFile(file) ?? '';
    const baseFolder = path === '' ? null : path.replace(/[\\/][^\\/]*$/, '');
    loading.chooseText({ origin: `file:${file.name}`, text: await file.text(), baseFolder }, file.name);
  };
  usePageCommands(view, setView, save);
  const name = typeof content?.['name'] === 'string' ? content['name'] : t('unnamed');
  return (
    <DropZone onFile={(file) => void takeFile(file)}>
      <Page
        title={t('title')}
        crumbs={[{ label: t('home'), to: '/' }]}
        actions={
          <>
            <RecipeMenu
              name={name}
              onChoose={loading.chooseRecipe}
              onEmpty={() =>
                loading.chooseText({ origin: 'empty', text: EMPTY_RECIPE, baseFolder: null }, t('emptyRecipe'))
              }
              onFile={(file) => void takeFile(file)}
              onSave={() => void save()}
            />
            <ToggleButtonGroup
              exclusive
              size="small"
              color="primary"
              value={view}
              aria-label={t('view')}
              onChange={(_event, chosen: 'form' | 'yaml' | null) => chosen && setView(chosen)}
            >
              <ToggleButton value="form" sx={{ textTransform: 'none' }}>
                {t('form')}
              </ToggleButton>
              <ToggleButton value="yaml" sx={{ textTransform: 'none' }}>
                YAML
              </ToggleButton>
            </ToggleButtonGroup>
            <StartButton
              planned={planned}
              isStarting={starting.isStarting}
              onStart={() => void starting.start(planned.source)}
              onShowProblem={() => setView(content === null ? 'yaml' : view)}
            />
          </>
        }
      >
        {loading.error !== null && <LoadFailed error={loading.error} onRetry={loading.retry} />}
        {planned.error !== null && <Banner tone="error">{errorMessage(planned.error)}</Banner>}
        <StartedBanner started={starting.started} />
        <Body panel={<SidePanel content={content} planned={planned} />}>
          {view === 'yaml' ? (
            <Suspense fallback={<Loading heightPx={320} />}>
              <YamlView text={draft.text} problems={planned.problems} isCurrent={planned.isCurrent} />
            </Suspense>
          ) : content === null ? (
            <Banner tone="error" actions={<Button onClick={() => setView('yaml')}>{t('openYaml')}</Button>}>
              {t('noYaml', { reason: planned.problems[0]?.message ?? '' })}
            </Banner>
          ) : (
            <FormView content={content} planned={planned} />
          )}
        </Body>
      </Page>
    </DropZone>
  );
}

function FormView({ content, planned }: { content: Content; planned: PlannedSweep }) {
  const tasks = useHostQuery('listTasks', {});
  const model = useFormModel(content, tasks.data ?? NO_TASKS, planned.problems);
  const config = planned.plan?.cells[0]?.config ?? null;
  const map = useHostQuery(
    'adapterMap',
    { model: config?.model ?? '', adapter: WHOLE_MODEL },
    { enabled: config !== null },
  );
  const unplaced = model.errorsOf('');
  return (
    <Box sx={{ display: 'grid', gap: 4, minWidth: 0, alignContent: 'start' }}>
      {unplaced.map((message) => (
        <Banner key={message} tone="error">
          {message}
        </Banner>
      ))}
      <SweepForm model={model} moduleCount={map.data?.modules.length ?? null} />
      <PromptPreview config={config} />
    </Box>
  );
}

/** Reaches every module, whatever the targets of the recipe's own adapter. */
const WHOLE_MODEL = AdapterConfig.parse({ kind: 'tinylora' });

/** Form and panel side by side; on a narrow window the panel is a drawer. */
function Body({ children, panel }: { children: ReactNode; panel: ReactNode }) {
  const { t } = useTranslation('newSweep');
  const isWide = useMediaQuery(WIDE, { noSsr: true });
  const [isOpen, setOpen] = useState(false);
  if (isWide) {
    return (
      <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) minmax(320px, 400px)', gap: 6 }}>
        {children}
        <Box
          component="aside"
          aria-label={t('panel')}
          sx={{
            pl: 5,
            borderLeft: 1,
            borderColor: 'divider',
            minWidth: 0,
            position: 'sticky',
            top: 0,
            alignSelf: 'start',
            maxHeight: PANEL_HEIGHT,
            overflow: 'auto',
          }}
        >
          {panel}
        </Box>
      </Box>
    );
  }
  return (
    <>
      <Button onClick={() => setOpen(true)} sx={{ justifySelf: 'start', alignSelf: 'flex-start' }}>
        {t('panel')}
      </Button>
      {children}
      <Drawer
        anchor="right"
        open={isOpen}
        onClose={() => setOpen(false)}
        slotProps={{ paper: { sx: { width: 420, p: 5, gap: 4 }, role: 'dialog', 'aria-label': t('panel') } }}
      >
        <Button onClick={() => setOpen(false)} sx={{ alignSelf: 'flex-end' }}>
          {t('closePanel')}
        </Button>
        {panel}
      </Drawer>
    </>
  );
}

function StartedBanner({ started }: { started: SweepStarting['started'] }) {
  const { t } = useTranslation('newSweep');
  if (started === null) return null;
  const { number, name } = started.sweep;
  return (
    <Banner
      tone="good"
      actions={
        <Link component={RouterLink} to={`/sweeps/s${number}`}>
          {t('openSweep', { sweep: `s${number}` })}
        </Link>
      }
    >
      {t('started', { count: started.cells, sweep: `s${number} ${name}` })}
    </Banner>
  );
}

function DropZone({ children, onFile }: { children: ReactNode; onFile: (file: File) => void }) {
  const { t } = useTranslation('newSweep');
  const isRecipe = ({ name }: File) => /\.ya?ml$/i.test(name);
  const onDrop = (event: DragEvent) => {
    const files = [...event.dataTransfer.files];
    const file = files.find(isRecipe);
    if (files.length === 0 || file === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onFile(file);
    if (files.length > 1) showToast(t('oneFile', { name: file.name }));
  };
  return (
    <Box onDragOver={(event) => event.preventDefault()} onDrop={onDrop} sx={{ minHeight: '100%' }}>
      {children}
    </Box>
  );
}

/** Keeps the recipe in the data folder. */
function useRecipeSaving({ text, baseFolder }: Draft): () => Promise<void> {
  const { t } = useTranslation('newSweep');
  const connection = useHostConnection();
  return useCallback(async () => {
    try {
      const { path } = await connection.call('saveRecipe', {
        text,
        overwrite: false,
        ...(baseFolder === null ? {} : { baseFolder }),
      });
      showToast(t('saved', { path }));
    } catch (error) {
      showToast(errorMessage(error), { tone: 'failure' });
    }
  }, [connection, t, text, baseFolder]);
}

function usePageCommands(view: 'form' | 'yaml', setView: (view: 'form' | 'yaml') => void, save: () => Promise<void>) {
  const { t } = useTranslation('newSweep');
  const commands = useMemo(
    () => [
      {
        id: 'newSweep.view',
        section: 'do' as const,
        title: t(view === 'form' ? 'showYaml' : 'showForm'),
        keys: SHORTCUTS.yaml.toggle,
        run: () => setView(view === 'form' ? 'yaml' : 'form'),
      },
      {
        id: 'newSweep.save',
        section: 'do' as const,
        title: t('saveRecipe'),
        keys: SHORTCUTS.saveRecipe.ask,
        run: () => void save(),
      },
    ],
    [t, view, setView, save],
  );
  useCommands(commands);
}
