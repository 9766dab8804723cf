import { showable } from './showable';

/** Text for an element or an attribute of HTML or SVG, whatever it holds. */
export function xml(text: string): string {
  const lines = text.split('\n').map(showable).join('\n');
  return lines.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
