export { runbookCommand } from './command';
export { runbook, runbookOf } from './runbook';
