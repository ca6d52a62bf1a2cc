/* What a tool answers: JSON, as text and as structured content. An error of Silt, or of the server that is asked, is an answer too, with its sentence. */
import type { CallToolResult } from '@modelcontextprotocol/server';
import { SiltError } from '../../base/errors.js';
import { CommandError } from '../frame/exits.js';
import { ServedError } from '../served/connection.js';
import { shown } from './values.js';

export async function answerOf(does: () => object | Promise<object>): Promise<CallToolResult> {
  try {
    const structuredContent = shown(await does()) as Record<string, unknown>;
    return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
  } catch (error) {
    if (!(error instanceof SiltError || error instanceof CommandError)) throw error;
    const code = error instanceof SiltError || error instanceof ServedError ? error.code : null;
    const text = code === null ? error.message : `${error.message} (${code})`;
    return { isError: true, content: [{ type: 'text', text }] };
  }
}
