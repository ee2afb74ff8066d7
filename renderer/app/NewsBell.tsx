// The bell of the strip: what ended, failed or stopped since the window was opened, each a link. Runs in the renderer.
import { useId, useState } from 'react';
import BellIcon from '@mui/icons-material/NotificationsOutlined';
import Badge from '@mui/material/Badge';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Link from '@mui/material/Link';
import Popover from '@mui/material/Popover';
import Typography from '@mui/material/Typography';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import { StateLabel } from '../components/StateLabel.tsx';
import { formatTime } from '../format.ts';
import { newsState, useNews } from './news.ts';
import type { NewsEvent, NewsItem } from './news.ts';
import { notificationOf } from './notifications.ts';
import { useNow } from './now.ts';
import { runLabel } from './run-names.ts';

export function NewsBell() {
  const { t } = useTranslation();
  const listId = useId();
  const { items, unseen } = useNews();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <IconButton
        aria-label={unseen > 0 ? t('news.openUnseen', { count: unseen }) : t('news.open')}
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        onClick={(event) => {
          setAnchor(event.currentTarget);
          useNews.setState({ unseen: 0 });
        }}
        sx={{ width: 24, height: 24, p: 0 }}
      >
        <Badge badgeContent={unseen} color="primary" max={99} slotProps={{ badge: { 'aria-hidden': true } }}>
          <BellIcon sx={{ fontSize: 18 }} />
        </Badge>
      </IconButton>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: 'top', horizontal: 'right' }}
        transformOrigin={{ vertical: 'bottom', horizontal: 'right' }}
        slotProps={{ paper: { role: 'dialog', 'aria-labelledby': listId, sx: { p: 4, width: 380, maxHeight: 420 } } }}
      >
        <Typography variant="h3" component="h2" id={listId}>
          {t('news.title')}
        </Typography>
        {items.length === 0 && <Typography color="textSecondary">{t('news.none')}</Typography>}
        <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {items.map((item) => (
            <NewsRow key={item.id} item={item} onOpen={() => setAnchor(null)} />
          ))}
        </Box>
      </Popover>
    </>
  );
}

function NewsRow({ item, onOpen }: { item: NewsItem; onOpen: () => void }) {
  const { t, i18n } = useTranslation();
  const nowMs = useNow();
  const { text, route } = newsLink(item.event, t);
  return (
    <Box component="li" sx={{ display: 'flex', gap: 2, py: 2, borderBottom: 1, borderColor: 'divider' }}>
      <StateLabel state={newsState(item.event)} iconOnly />
      <Link component={RouterLink} to={route} onClick={onOpen} sx={{ flex: 1, overflowWrap: 'anywhere' }}>
        {text}
      </Link>
      <Typography color="textSecondary" noWrap>
        {formatTime(item.atMs, nowMs, i18n.language)}
      </Typography>
    </Box>
  );
}

function newsLink(event: NewsEvent, t: TFunction): { text: string; route: string } {
  const notification = notificationOf(event, t);
  if (notification !== null) return { text: `${notification.title}: ${notification.body}`, route: notification.route };
  if (event.type !== 'runChanged') return { text: '', route: '/' };
  const { number, failure } = event.run;
  return {
    text: t('news.runFailed', { name: `r${number} ${runLabel(event.run)}`, reason: failure?.message ?? '' }),
    route: `/runs/r${number}`,
  };
}
