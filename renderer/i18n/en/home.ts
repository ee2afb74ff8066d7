// Texts of the home screen. Runs in the renderer.
export const home = {
  title: 'Home',
  running: 'Running',
  queue: 'Queue',
  queueEmpty: 'Nothing is waiting.',
  newSweep: 'New sweep',
  step: 'step {{step}}/{{total}}',
  pause: 'Pause',
  cancel: 'Cancel',
};
