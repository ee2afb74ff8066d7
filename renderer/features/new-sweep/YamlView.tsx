// The recipe as text, checked by the host: what is wrong stands at its line, and below with line and key. Runs in the
// renderer.
import { useEffect, useMemo, useRef } from 'react';
import { yaml } from '@codemirror/lang-yaml';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import type { Diagnostic } from '@codemirror/lint';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import CodeMirror, { EditorView } from '@uiw/react-codemirror';
import type { ReactCodeMirrorRef } from '@uiw/react-codemirror';
import { useTranslation } from 'react-i18next';
import { FONTS } from '../../theme/tokens.ts';
import { setDraftText } from './draft.ts';
import type { Problem } from './recipe-content.ts';

export interface YamlViewProps {
  text: string;
  problems: readonly Problem[];
  /** Whether the problems are those of this text. */
  isCurrent: boolean;
}

export function YamlView({ text, problems, isCurrent }: YamlViewProps) {
  const { t } = useTranslation('newSweep');
  const editor = useRef<ReactCodeMirrorRef>(null);
  const extensions = useMemo(
    () => [
      yaml(),
      lintGutter(),
      LOOK,
      EditorView.contentAttributes.of({ 'aria-label': t('yamlText') }),
      EditorView.lineWrapping,
    ],
    [t],
  );
  useEffect(() => {
    const view = editor.current?.view;
    if (view && isCurrent) view.dispatch(setDiagnostics(view.state, diagnosticsOf(problems, view)));
  }, [problems, isCurrent, text]);
  const show = ({ line }: Problem) => {
    const view = editor.current?.view;
    if (!view || line === null) return;
    const { from } = view.state.doc.line(Math.min(line, view.state.doc.lines));
    view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
    view.focus();
  };
  return (
    <Box sx={{ display: 'grid', gap: 3, minWidth: 0, alignContent: 'start' }}>
      <Box sx={{ border: 1, borderColor: 'studio.controlBorder', borderRadius: 1, overflow: 'hidden', minWidth: 0 }}>
        <CodeMirror
          ref={editor}
          value={text}
          theme="none"
          minHeight="320px"
          extensions={extensions}
          onChange={setDraftText}
          // Tab leads on, as everywhere else.
          indentWithTab={false}
          basicSetup={{ highlightActiveLine: false, foldGutter: true }}
        />
      </Box>
      <Typography variant="caption" color="textSecondary">
        {t('yamlHint')}
      </Typography>
      {problems.length > 0 && (
        <Box component="section" aria-label={t('problems', { count: problems.length })}>
          <Typography variant="h2">{t('problems', { count: problems.length })}</Typography>
          <Box component="ul" sx={{ m: 0, pl: 5 }}>
            {problems.map((problem) => (
              <li key={`${problem.key} ${problem.message}`}>
                {problem.line !== null && (
                  <Link component="button" onClick={() => show(problem)} sx={{ mr: 2, verticalAlign: 'baseline' }}>
                    {t('lineNumber', { line: problem.line })}
                  </Link>
                )}
                {problem.key !== '' && <code>{problem.key}</code>} {problem.message}
              </li>
            ))}
          </Box>
        </Box>
      )}
    </Box>
  );
}

function diagnosticsOf(problems: readonly Problem[], { state: { doc } }: EditorView): Diagnostic[] {
  return problems.map(({ line, key, message }) => {
    const { from, to } = doc.line(Math.max(1, Math.min(line ?? 1, doc.lines)));
    return { from, to, severity: 'error', message: key === '' ? message : `${key} ${message}` };
  });
}

/** The editor in the studio's colours, whichever scheme holds: its own colours of words are too faint on dark. */
const LOOK = EditorView.theme({
  '&': { fontSize: '0.8125rem', backgroundColor: 'var(--mui-palette-background-paper)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content, .cm-gutters': { fontFamily: FONTS.code, fontVariantLigatures: 'none' },
  '.cm-content': { color: 'var(--mui-palette-text-primary)', caretColor: 'var(--mui-palette-text-primary)' },
  '.cm-line span': { color: 'inherit !important' },
  '.cm-cursor': { borderLeftColor: 'var(--mui-palette-text-primary)' },
  '.cm-gutters': {
    backgroundColor: 'var(--mui-palette-studio-sunken)',
    color: 'var(--mui-palette-text-secondary)',
    border: 'none',
  },
  '.cm-activeLineGutter': { backgroundColor: 'var(--mui-palette-studio-selectedRow)' },
});
