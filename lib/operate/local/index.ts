export type * from './contract';
export { deploy } from './deploy';
export { pauseEngine, restartEngine, resumeEngine, startEngine } from './engine';
export { localUrl } from './local-url';
