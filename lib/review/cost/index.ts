export { costCommand } from './command';
