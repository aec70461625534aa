// SPDX-License-Identifier: GPL-2.0
/*
 * A virtio device's own configuration (VIRTIO 1.2, 2.5). Its generation counts what the host
 * changes in it, and nothing else.
 */
#include "config.h"
#include "core.h"
#include "types.h"

/**
 * keel_virtio_config_changed() - tell the driver that the configuration is another one.
 * @v: the device; a driver that is not running gets no interrupt
 */
void keel_virtio_config_changed(struct keel_virtio *v)
{
	if (keel_virtio_is_live(v->s))
		v->transport->interrupt(v, VIRTIO_ISR_CONFIG, v->s->config_vector);
}

/**
 * keel_virtio_config_set() - the host changes the device's configuration.
 * @v:      the device
 * @offset: first byte
 * @data:   @len bytes
 * @len:    up to the end of the configuration that its type has; else nothing happens
 */
void keel_virtio_config_set(struct keel_virtio *v, u32 offset, const void *data, u32 len)
{
	if (offset > v->type->config_size || len > v->type->config_size - offset)
		return;
	memcpy(&v->s->config[offset], data, len);
	v->s->generation++;
	v->config_changes++;
	keel_virtio_config_changed(v);
}

/**
 * keel_virtio_config_read() - the driver reads it.
 * @v:      the device
 * @offset: first byte
 * @width:  1, 2 or 4
 *
 * Return: the value; bytes beyond its end are 0.
 */
u32 keel_virtio_config_read(const struct keel_virtio *v, u32 offset, unsigned int width)
{
	u32 value = 0;

	if (offset < v->type->config_size)
		memcpy(&value, &v->s->config[offset],
		       min_t(u32, width, v->type->config_size - offset));
	return value;
}

/**
 * keel_virtio_config_write() - the driver writes it.
 * @v:      the device
 * @offset: first byte
 * @width:  1, 2 or 4
 * @value:  what is written
 */
void keel_virtio_config_write(struct keel_virtio *v, u32 offset, unsigned int width, u32 value)
{
	if (v->type->write)
		v->type->write(v, offset, width, value);
	else
		keel_virtio_ignore(v, VIRTIO_BAD_CONFIG);
}
