/* The page: begins here. */
import { render } from 'preact';
import { App } from './app.tsx';
import { followLive } from './live.ts';
import { applyTheme } from './theme.ts';
import { takeToken } from './token.ts';

takeToken();
applyTheme();
render(<App />, document.getElementById('app')!);
followLive();
