export { BusinessCalendar, type WeekdayCalendarOptions } from './business-calendar';
export { BusinessSchedule, type DailyScheduleOptions, type TimeOfDay } from './business-schedule';
export { FileFormat } from './file-format';
export { NightlyReconciliation } from './nightly-reconciliation';
export type { NightlyReconciliationProps } from './nightly-reconciliation-props';
export { ReconciliationRules } from './reconciliation-rules';
export { type FileSourceOptions, ReconciliationSource, type S3SourceOptions, type ScanSourceOptions } from './reconciliation-source';
export type { RunObjective } from './run-objective';
