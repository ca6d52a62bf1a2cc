/* A page of the dashboard that does not read what is sent to it: it is left, and what it missed is not kept. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { open as openDatabase } from '#silt/index.js';
import { serve } from '#silt/server/http/index.js';

test('a page that does not read is left after stallMs, and others go on', async () => {
  await using db = await openDatabase();
  // What is sent in a second is more than the system keeps for a connection in some seconds.
  const sparse = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}${'x'.repeat(200)}`, {}]));
  for (let i = 0; i < 60; i++) await db.createCollection(`c${i}`, { sparse });
  await using server = await serve({ database: db, port: 0, limits: { stallMs: 1_500 } });
  const { body } = await fetch(`${server.url}/dashboard/api/live`);
  const reader = body!.getReader();
  let ended = false;
  const reading = (async () => {
    while (!(await reader.read()).done);
    ended = true;
  })();
  const socket = connect(server.port, server.host);
  socket.on('error', () => {}).pause();
  socket.write('GET /dashboard/api/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
  await once(socket, 'connect');
  const open = async () =>
    /dashboard_pages_open (\d+)/.exec(await (await fetch(`${server.url}/metrics`)).text())![1];
  while ((await open()) !== '2') await new Promise((resolve) => setTimeout(resolve, 20));
  while ((await open()) !== '1') await new Promise((resolve) => setTimeout(resolve, 200));
  expect(ended).toBe(false);
  socket.destroy();
  await server.close();
  await reading;
}, 60_000);
