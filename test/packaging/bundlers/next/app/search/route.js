/* Runs the program in Next's server. */
import { use } from '../../program.mjs';

export const dynamic = 'force-dynamic';

export async function GET(request) {
  const path = new URL(request.url).searchParams.get('path') ?? undefined;
  try {
    await use(path);
    return new Response(`works ${path === undefined ? 'in memory' : 'in a directory'}`);
  } catch (error) {
    return new Response(error.stack, { status: 500 });
  }
}
