// The message to both sides, and problems that no training has seen. Runs in the renderer.
import type { KeyboardEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { HostParams } from '../../../contracts/host-protocol.ts';
import type { HeldOutProblem } from '../../../contracts/playground.ts';
import { reported } from '../../app/reported.ts';
import { MenuButton } from '../../components/MenuButton.tsx';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';
import { formatCount } from '../../format.ts';
import { useChat } from './chat-store.ts';

export interface ComposerProps {
  problem: HeldOutProblem | null;
  onProblem: (problem: HeldOutProblem) => void;
  /** Short names of the chosen runs. */
  runs: readonly string[];
  onSend: () => void;
  onStop: () => void;
  onClear: () => void;
}

export function Composer({ problem, onProblem, runs, onSend, onStop, onClear }: ComposerProps) {
  const { t } = useTranslation('playground');
  const draft = useChat((state) => state.draft);
  const isAnswering = useChat((state) => state.isAnswering);
  const hasExchanges = useChat((state) => state.exchanges.length > 0);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    onSend();
  };
  return (
    <Box sx={{ display: 'grid', gap: 2 }}>
      <TextField
        multiline
        minRows={2}
        maxRows={8}
        label={t('message')}
        value={draft}
        onChange={(event) => useChat.setState({ draft: event.target.value })}
        onKeyDown={onKeyDown}
      />
      {problem !== null && (
        <Typography variant="body2" color="textSecondary">
          {t('heldOutLine', {
            line: formatCount(problem.line),
            total: formatCount(problem.total),
            answer: problem.answer,
          })}{' '}
          {t('grading', { grader: problem.grader.name })}
        </Typography>
      )}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2 }}>
        {isAnswering && <Button onClick={onStop}>{t('stop')}</Button>}
        {hasExchanges && !isAnswering && <Button onClick={onClear}>{t('clear')}</Button>}
        <HeldOutMenu runs={runs} onProblem={onProblem} />
      </Box>
    </Box>
  );
}

type ProblemSource = HostParams<'heldOutProblem'>['from'];

function HeldOutMenu({ runs, onProblem }: { runs: readonly string[]; onProblem: (problem: HeldOutProblem) => void }) {
  const { t } = useTranslation('playground');
  const connection = useHostConnection();
  const dataSets = useHostQuery('listDataSets', {}).data ?? [];
  const tasks = [...new Set(dataSets.flatMap(({ task }) => (task === null ? [] : [task])))];
  const take = reported(async (from: ProblemSource) => {
    onProblem(await connection.call('heldOutProblem', { from, line: null }));
  });
  return (
    <MenuButton
      actions={[
        ...[...new Set(runs)].map((run) => ({ label: t('heldOutOfRun', { run }), run: () => void take({ run }) })),
        ...tasks.map((task) => ({ label: t('heldOutOfTask', { task }), run: () => void take({ task }) })),
      ]}
    >
      {t('heldOut')}
    </MenuButton>
  );
}
