#include "core/secret_bytes.hpp"
#include "core/transport/frame.hpp"
#include "core/transport/ring.hpp"

#include "room/line.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

namespace health_dp::room {

namespace {

namespace transport = core::transport;

static_assert(kFrameKeyBytes == transport::kKeyBytes);

enum class Passed : uint8 { all, ended, damaged };

transport::Key frame_key() { return transport::Key(pool->key, transport::kKeyBytes); }

transport::Channel channel_of(const Line* line, bool from_room) {
    return {line->visit, static_cast<std::uint32_t>(line->slot - pool->slots), from_room};
}

std::span<const std::uint8_t> bytes_of(const char* data, Size size) {
    return {reinterpret_cast<const std::uint8_t*>(data), size};
}

Passed write_bytes(Line* line, Ring* ring, const char* data, Size size) {
    while (size > 0) {
        const uint64 written = pg_atomic_read_u64(&ring->written);
        const uint64 read = pg_atomic_read_u64(&ring->read);
        pg_memory_barrier(); // what was read has been read before it is written over
        if (!transport::is_consistent(kRingBytes, written, read))
            return Passed::damaged;
        const transport::Stretch stretch = transport::next_to_write(kRingBytes, written, read, size);
        if (stretch.bytes > 0) {
            memcpy(ring->bytes + stretch.offset, data, stretch.bytes);
            pg_write_barrier(); // the bytes first, then the word that they are there
            pg_atomic_write_u64(&ring->written, written + stretch.bytes);
            data += stretch.bytes;
            size -= stretch.bytes;
            continue;
        }
        // The reader looks for this mark after it has made place, we for the place after we have made the mark.
        if (pg_atomic_exchange_u32(&ring->writer_waits, 1) == 0)
            continue;
        postgres::wake_process(line->peer);
        if (!line->rest(line))
            return Passed::ended;
    }
    return Passed::all;
}

Passed read_bytes(Line* line, Ring* ring, char* data, Size size) {
    bool ended = false;
    while (size > 0) {
        const uint64 written = pg_atomic_read_u64(&ring->written);
        const uint64 read = pg_atomic_read_u64(&ring->read);
        pg_read_barrier(); // the word first, then the bytes
        if (!transport::is_consistent(kRingBytes, written, read))
            return Passed::damaged;
        const transport::Stretch stretch = transport::next_to_read(kRingBytes, written, read, size);
        if (stretch.bytes > 0) {
            memcpy(data, ring->bytes + stretch.offset, stretch.bytes);
            pg_memory_barrier(); // read before it may be written over
            pg_atomic_write_u64(&ring->read, read + stretch.bytes);
            pg_memory_barrier();
            if (pg_atomic_read_u32(&ring->writer_waits) != 0) {
                pg_atomic_write_u32(&ring->writer_waits, 0);
                postgres::wake_process(line->peer);
            }
            data += stretch.bytes;
            size -= stretch.bytes;
            continue;
        }
        // Once more after it has ended: its last words came before.
        if (ended)
            return Passed::ended;
        ended = !line->rest(line);
    }
    return Passed::all;
}

Arrival arrival_of(Passed passed) { return passed == Passed::ended ? Arrival::ended : Arrival::damaged; }

} // namespace

bool write_frame(Line* line, uint8 kind, const char* data, Size size) {
    const auto header = transport::write_header(frame_key(), channel_of(line, line->from_room), kind, line->sent + 1,
                                                bytes_of(data, size));
    if (!header.ok())
        ereport(ERROR,
                (errcode(sqlstate::kOversized), errmsg("a message of %zu bytes is oversized", size),
                 errdetail("Messages between a session and a room have at most %u bytes.", transport::kMaxPayloadBytes),
                 errhint("Ask with less text, fewer parameters or shorter lists.")));
    line->sent++;
    Ring* ring = line->from_room ? &line->slot->to_visitor : &line->slot->to_room;
    const transport::HeaderBytes bytes = header.value();
    const bool written =
        write_bytes(line, ring, reinterpret_cast<const char*>(bytes.data()), bytes.size()) == Passed::all &&
        write_bytes(line, ring, data, size) == Passed::all;
    postgres::wake_process(line->peer);
    return written;
}

Arrival read_frame(Line* line, uint8* kind, StringInfo frame) {
    Ring* ring = line->from_room ? &line->slot->to_room : &line->slot->to_visitor;
    transport::HeaderBytes bytes;
    Passed passed = read_bytes(line, ring, reinterpret_cast<char*>(bytes.data()), bytes.size());
    if (passed != Passed::all)
        return arrival_of(passed);
    const auto header = transport::read_header(bytes, line->received + 1);
    if (!header.ok())
        return Arrival::damaged;
    const Size length = header.value().length;
    resetStringInfo(frame);
    enlargeStringInfo(frame, static_cast<int>(length));
    passed = read_bytes(line, ring, frame->data, length);
    if (passed != Passed::all)
        return arrival_of(passed);
    frame->len = static_cast<int>(length);
    frame->data[length] = '\0';
    if (!transport::is_authentic(frame_key(), channel_of(line, !line->from_room), header.value(),
                                 bytes_of(frame->data, length)))
        return Arrival::damaged;
    line->received++;
    *kind = header.value().kind;
    return Arrival::frame;
}

void prepare_key() {
    // In each process, for the faster of libsodium's implementations.
    postgres::entry([] { (void)core::start_cryptography(); });
    {
        Locked locked;
        if (pool->has_key)
            return;
    }
    uint8 key[kFrameKeyBytes];
    postgres::entry([&key] {
        auto drawn = core::SecretBytes::generate(kFrameKeyBytes);
        if (!drawn.ok())
            postgres::throw_sql_error(sqlstate::kNoRoom, "a room's key could not be drawn", "", drawn.error().message);
        memcpy(key, drawn.value().bytes().data(), kFrameKeyBytes);
    });
    Locked locked;
    if (!pool->has_key)
        memcpy(pool->key, key, kFrameKeyBytes);
    pool->has_key = true;
}

} // namespace health_dp::room
