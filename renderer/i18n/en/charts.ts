// Texts of the frame around every chart. Runs in the renderer.
export const charts = { table: 'Table' };
