/** A webhook is told this: of a type that it asked for (`alert.raised` includes `balance.low`) and, if a model is concerned, of a model that it asked for. */
const WANTED = `(w.types ? e.type or (e.type = 'balance.low' and w.types ? 'alert.raised'))
  and (jsonb_typeof(w.models) = 'null' or e.model is null or w.models ? e.model)`

/** One message of one event to one webhook. */
const MESSAGE = `'msg_' || e.position || '_' || substr(w.webhook_id, 4)`

/** Looks at the next events behind the progress, makes their messages and moves the progress, at once. $1: events, $2: now. */
export const MAKE = `with at as (select position from webhooks.progress for update),
  batch as (
    select e.* from read.webhook_events e
    where e.position > coalesce((select position from at), 0) order by e.position limit $1),
  made as (
    insert into webhooks.deliveries (delivery_id, webhook_id, namespace_id, type, job_id, data, happened_at, made_at, state, asked_at, next_at)
    select ${MESSAGE}, w.webhook_id, e.namespace_id, e.type, e.job_id, e.data, e.at, $2, 'pending', $2, $2
    from batch e join read.webhooks w on w.namespace_id = e.namespace_id
    where w.disabled is null and w.deleted_at is null and w.position < e.position and ${WANTED}
    on conflict (delivery_id) do nothing),
  moved as (
    insert into webhooks.progress (position) select max(position) from batch having count(*) > 0
    on conflict (one) do update set position = excluded.position)
  select count(*) as events from batch`

/**
 * Takes due messages. $1 now, $2 until, $3 limit, $4 per webhook, $5 and $6: how many are being sent of which. The rows are locked before they
 * are looked at again, so that two claims never give out the same.
 */
export const CLAIM = `with sending (webhook_id, count) as (select * from unnest($5::text[], $6::int[])),
  due as (
    select d.delivery_id, row_number() over (partition by d.webhook_id order by d.next_at, d.delivery_id) + coalesce(s.count, 0) as place
    from webhooks.deliveries d join read.webhooks w using (webhook_id) left join sending s using (webhook_id)
    where d.state = 'pending' and d.next_at <= $1 and d.claimed_until <= $1 and w.disabled is null and w.deleted_at is null),
  taken as (
    select d.delivery_id from webhooks.deliveries d join due using (delivery_id)
    where due.place <= $4 and d.state = 'pending' and d.claimed_until <= $1
    order by d.next_at limit $3 for update of d skip locked),
  claimed as (
    update webhooks.deliveries d set claimed_until = $2 from taken where d.delivery_id = taken.delivery_id returning d.*)
  select c.delivery_id, c.webhook_id, c.namespace_id, c.type, c.job_id, c.data, c.happened_at, c.asked_at, c.tries,
    w.url_version, w.secret_version, w.overlap_until, w.include_content
  from claimed c join read.webhooks w using (webhook_id) order by c.next_at, c.delivery_id`

/** $1 delivery, $2 at, $3 duration, $4 status, $5 problem, $6 next. */
export const RECORD = `with counted as (
    update webhooks.deliveries set attempts = attempts + 1, tries = tries + 1, claimed_until = 0,
      state = case when $5::text is null then 'delivered' when $6::bigint is null then 'failed' else 'pending' end,
      next_at = coalesce($6::bigint, next_at), ended_at = case when $5::text is null or $6::bigint is null then $2::bigint end
    where delivery_id = $1 returning delivery_id, attempts)
  insert into webhooks.attempts (delivery_id, attempt, at, duration_ms, status, problem)
  select delivery_id, attempts, $2::bigint, $3, $4, $5::text from counted`

export const FAILING = `insert into webhooks.failing (webhook_id, since) values ($1, $2)
  on conflict (webhook_id) do update set since = webhooks.failing.since returning since`

export const REPLAY = `update webhooks.deliveries set state = 'pending', tries = 0, asked_at = $3, next_at = $3, claimed_until = 0, ended_at = null
  where webhook_id = $1 and delivery_id = $2`

/** $1 webhook, $2 from, $3 until, $4 limit, $5 now. What was made before is sent again, what was not is made. */
export const REPLAY_TIME = `insert into webhooks.deliveries (delivery_id, webhook_id, namespace_id, type, job_id, data, happened_at, made_at, state, asked_at, next_at)
  select ${MESSAGE}, w.webhook_id, e.namespace_id, e.type, e.job_id, e.data, e.at, $5, 'pending', $5, $5
  from read.webhook_events e join read.webhooks w on w.namespace_id = e.namespace_id
  where w.webhook_id = $1 and e.at >= $2 and e.at < $3 and ${WANTED}
  order by e.position limit $4
  on conflict (delivery_id) do update
    set state = 'pending', tries = 0, asked_at = excluded.asked_at, next_at = excluded.next_at, claimed_until = 0, ended_at = null`

export const TEST = `insert into webhooks.deliveries (delivery_id, webhook_id, namespace_id, type, data, happened_at, made_at, state, asked_at, next_at)
  values ($1, $2, $3, 'webhook.test', $4, $5, $5, 'pending', $5, $5)`

export const PURGE = `delete from webhooks.deliveries where delivery_id = any(array(
  select delivery_id from webhooks.deliveries where made_at < $1 and state <> 'pending' order by made_at limit $2))`
