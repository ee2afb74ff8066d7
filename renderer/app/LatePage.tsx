// A page whose code could not be had when it was first opened: asks again each time that it is opened. Runs in the renderer.
import { useEffect, useState } from 'react';
import type { ComponentType } from 'react';
import type { LoadPage } from './routes.ts';

type Outcome = { Component: ComponentType } | { error: unknown };

export function LatePage({ page }: { page: LoadPage }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  useEffect(() => {
    page().then(setOutcome, (error: unknown) => setOutcome({ error }));
  }, [page]);
  if (outcome === null) return null;
  // The route's error view says what is missing.
  if ('error' in outcome) throw outcome.error;
  return <outcome.Component />;
}
